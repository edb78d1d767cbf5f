/** What people cannot see, or what hides or reorders what they see: control characters, line breaks, direction marks. */
export const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** One line that a terminal shows as it is: what is invisible stands there as its code. */
export function printable(text: string): string {
	return text.replace(invisible, (character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`);
}

/** Without what storage or JSON cannot keep: half a character, and the two line breaks that JSON lets pass and others trip over. */
export function storable(text: string): string {
	return text.toWellFormed().replaceAll(/[\u2028\u2029]/g, " ");
}
