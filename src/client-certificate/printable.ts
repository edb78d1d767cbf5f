/** One line of at most 200 characters that shows what somebody else wrote: what cannot be seen, or reorders what is seen, as its code. */
export function printable(text: string): string {
	const shown = text.replace(
		/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
		(character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`,
	);
	const characters = [...shown];
	return characters.length <= 200 ? shown : `${characters.slice(0, 199).join("")}…`;
}
