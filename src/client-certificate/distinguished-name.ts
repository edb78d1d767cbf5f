/** The attributes of a distinguished name: type and value, as many as there are. */
export type Attributes = readonly (readonly [type: string, value: string])[];

/** RFC 4514 section 3 and RFC 5280 section 4.1.2.4, with the other names that OpenSSL and Windows write. */
const types: Readonly<Record<string, string>> = {
	CN: "2.5.4.3",
	SN: "2.5.4.4",
	SURNAME: "2.5.4.4",
	SERIALNUMBER: "2.5.4.5",
	C: "2.5.4.6",
	L: "2.5.4.7",
	ST: "2.5.4.8",
	S: "2.5.4.8",
	STREET: "2.5.4.9",
	O: "2.5.4.10",
	OU: "2.5.4.11",
	T: "2.5.4.12",
	TITLE: "2.5.4.12",
	G: "2.5.4.42",
	GN: "2.5.4.42",
	GIVENNAME: "2.5.4.42",
	I: "2.5.4.43",
	INITIALS: "2.5.4.43",
	DC: "0.9.2342.19200300.100.1.25",
	UID: "0.9.2342.19200300.100.1.1",
	E: "1.2.840.113549.1.9.1",
	EMAILADDRESS: "1.2.840.113549.1.9.1",
};

const attribute = /\s*([A-Za-z]+|\d+(?:\.\d+)+)\s*=\s*("(?:[^"\\]|\\.)*"|(?:[^,+"\\]|\\.)*?)\s*(?:[,+]|$)/suy;

/** Of a name that is taken apart: the time that takes grows faster than the name. */
const longest = 1000;

/** Takes `CN=Contoso CA, O="Contoso, Inc.", C=NL` apart, and `+` like a comma; undefined when any of it has another shape. */
export function parseDistinguishedName(text: string): Attributes | undefined {
	if (text.length > longest) return undefined;
	const attributes: [string, string][] = [];
	attribute.lastIndex = 0;
	let end = 0;
	while (end < text.length) {
		const match = attribute.exec(text);
		if (match === null) return undefined;
		const [, type, value] = match as unknown as [string, string, string];
		if (value === "" || typeOf(type) === undefined) return undefined;
		attributes.push([type, (value.startsWith('"') ? value.slice(1, -1) : value).replaceAll(/\\(.)/gsu, "$1")]);
		end = attribute.lastIndex;
	}
	return attributes.length === 0 || /[,+]\s*$/.test(text) ? undefined : attributes;
}

/** Equal for names of the same attributes, whatever the order, the case and the width of spaces (RFC 5280 section 7.1). */
export function normalizeName(attributes: Attributes): string {
	const folded = attributes.map(([type, value]) => [
		typeOf(type) ?? type,
		value.normalize("NFC").toLowerCase().trim().replaceAll(/\s+/gu, " "),
	]);
	return JSON.stringify(folded.map((pair) => JSON.stringify(pair)).sort());
}

function typeOf(type: string): string | undefined {
	return /^\d/.test(type) ? type : types[type.toUpperCase()];
}
