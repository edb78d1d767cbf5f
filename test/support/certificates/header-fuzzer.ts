/** A whole number from 0 to below the limit. */
export type Random = (below: number) => number;

/** A header that is no certificate, or nearly one of these, or one of them. */
export function makeHeader(random: Random, known: readonly Buffer[]): string {
	const pick = () => known[random(known.length)] as Buffer;
	const strange: readonly (() => string)[] = [
		() => makeText(random, random(300)),
		() => makeText(random, random(30)),
		() => makeBytes(random, random(100)).toString("base64url"),
		() => makeBytes(random, random(1200)).toString("base64"),
	];
	const nearly: readonly (() => string)[] = [
		() => flipBits(random, pick(), 1).toString("base64"),
		() => flipBits(random, pick(), 1 + random(20)).toString("base64"),
		() => pick().subarray(0, random(1000)).toString("base64"),
		() => splice(random, pick(), pick()).toString("base64"),
		() => Buffer.concat([pick(), random(2) === 0 ? pick() : makeBytes(random, 1 + random(3))]).toString("base64"),
		() =>
			insert(random, pick().toString("base64"), [
				" ",
				"\n",
				"\t ",
				"\r\n",
				"\u00a0",
				"\0",
				"%",
				"%0A",
				"%zz",
				",",
				"-",
				"=",
			]),
		() => insert(random, toPem(pick()), [" ", "\n", "%20", "-----", "-----BEGIN CERTIFICATE-----", ","]),
		() => encodeURIComponent(toPem(pick())).slice(0, 10 + random(2000)),
	];
	const makers = random(2) === 0 ? strange : nearly;
	return (makers[random(makers.length)] as () => string)();
}

/** What is left of a header after all that may be around the base64. */
export function textOf(header: string): string {
	const text = header.includes("%") ? decodeURIComponent(header) : header;
	return text.replaceAll(/-----(?:BEGIN|END) CERTIFICATE-----|[ \t\r\n]/g, "");
}

function toPem(der: Buffer): string {
	const lines = der.toString("base64").replaceAll(/.{1,64}/g, "$&\n");
	return `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`;
}

function makeText(random: Random, length: number): string {
	// Half of it from where text is odd: surrogates, directions, line breaks.
	return String.fromCharCode(...Array.from({ length }, () => (random(2) === 0 ? random(0x80) : random(0x10000))));
}

function makeBytes(random: Random, length: number): Buffer {
	const bytes = Buffer.from(Array.from({ length }, () => random(256)));
	// Looks like a certificate at first.
	if (random(2) === 0) Buffer.of(0x30, 0x82, (length - 4) >> 8, (length - 4) & 255).copy(bytes);
	return bytes;
}

function flipBits(random: Random, der: Buffer, count: number): Buffer {
	const copy = Buffer.from(der);
	for (let index = 0; index < count; index++) {
		const at = random(copy.length);
		copy[at] = (copy[at] as number) ^ (1 << random(8));
	}
	return copy;
}

function splice(random: Random, first: Buffer, second: Buffer): Buffer {
	const at = random(first.length);
	const from = random(3) === 0 ? random(second.length) : at;
	return Buffer.concat([first.subarray(0, at), second.subarray(from)]);
}

function insert(random: Random, text: string, pieces: readonly string[]): string {
	const at = random(text.length + 1);
	return `${text.slice(0, at)}${pieces[random(pieces.length)]}${text.slice(at)}`;
}

/** Mulberry32: the same numbers again for the same seed. */
export function createRandom(seed: number): Random {
	let state = seed;
	return (below) => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
	};
}
