/** One line that a terminal shows as it is: whatever would move the cursor, hide or reorder text stands there as its code. */
export function printable(text: string): string {
	return text.replace(
		/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
		(character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`,
	);
}
