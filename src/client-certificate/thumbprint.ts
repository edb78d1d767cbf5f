/** Hex digits in upper case, without what people and Windows put between and before them. */
export function toThumbprint(text: string): string {
	return text.replaceAll(/[\s:\p{Cf}]/gu, "").toUpperCase();
}
