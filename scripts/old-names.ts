import path from "node:path";

/** Words that names do not use, as parts of camel case, each with the term that the field uses. */
export const replacements: ReadonlyMap<string, string> = new Map(
	Object.entries({
		"fix, remediate": ["mend", "mends", "mended", "mending", "mendings"],
		reconcile: ["settle", "settles", "settled"],
		"notify, notified": ["tell", "tells", "told", "telling", "tellings", "untold", "news", "announce", "announced"],
		"receiver filter": ["audience"],
		"probe, probe plan": ["door", "doors", "errand"],
		options: ["manner"],
		"connect-to": ["detour", "detours"],
		"probed, admitted, rejected": ["asked", "unasked", "letIn", "turnedAway"],
		"enforcement, outcome": ["standing", "standings"],
		"stored, store, records": ["known", "know", "memory"],
		"partition, tenant level": ["place", "places", "setup"],
		"fleet, overview, query": ["estate", "estates", "glance", "look", "looks"],
		"resource list": ["census"],
		precedence: ["layer", "layers", "contend"],
		"conflict, incompatible settings": [
			"clash",
			"clashes",
			"rival",
			"rivals",
			"torn",
			"contradiction",
			"contradictions",
		],
		requirement: ["wish", "wishes"],
		"effect, blocker, feasible operations": ["consequence", "consequences", "hindrance", "hindrances", "canBeDone"],
		"manual step, rollback": ["byHand", "wayBack"],
		"outbox, delivery uncertain, rejections": ["leftovers", "inDoubt", "doubt", "refusal", "refusals"],
		lock: ["turn"],
		"abandon, lease, acquire": ["giveUp", "gaveUp", "givenUp", "claim", "claims", "take", "alive"],
		"rule context": ["circumstances"],
		"fingerprint, description, severity note, verifies": ["comparable", "driftedWhen", "howSevere", "confirms"],
		"lists complete, confirmed deleted, unidentified": ["trustworthy", "absent", "nameless", "odd"],
		"emulator, inject fault": ["standIn", "spoil", "spoils", "spoiled"],
		"field, validation error": ["cell", "cells", "complaint", "complaints"],
		"withStorageErrors, once, rate limit": ["orExplain", "lazily", "pace"],
	}).flatMap(([term, words]) => words.map((word) => [word, term] as const)),
);

/** Names that stay where they are, each with the reason. */
const exceptions: readonly { readonly names: readonly string[]; readonly in: string; readonly because: string }[] = [
	{
		names: ["Refusal", "RefusalReason", "refusalReasons", "refusal"],
		in: "src/client-certificate/",
		because: "published exports of mtls-drift/client-certificate, and a field of one",
	},
	{ names: ["toRefusal"], in: "src/client-certificate/", because: "makes the published type Refusal" },
];

/** A name with an old word in it. */
export interface OldName {
	readonly file: string;
	/** Of a file, or of what it exports: a declaration, or a member of an interface. */
	readonly name: string;
	readonly word: string;
}

/** The old words in the name of a file, and in the names that its text exports. */
export function findOldNames(file: string, text: string): readonly OldName[] {
	const base = path.basename(file).replace(/\..*$/, "");
	return [...new Set([base, ...listExportedNames(text)])]
		.filter((name) => !exceptions.some((some) => file.startsWith(some.in) && some.names.includes(name)))
		.flatMap((name) => wordsIn(name).map((word) => ({ file, name, word })));
}

/** The old words that a name holds as whole words, or as two words in a row. */
function wordsIn(name: string): readonly string[] {
	const words = name
		.replaceAll(/([a-z\d])([A-Z])/g, "$1 $2")
		.split(/[^A-Za-z\d]+/)
		.map((word) => word.toLowerCase());
	const phrases = [...words.keys()].flatMap((index) =>
		[1, 2, 3].map((length) => words.slice(index, index + length).join(" ")),
	);
	const isIn = (word: string) => phrases.includes(word.replaceAll(/(?=[A-Z])/g, " ").toLowerCase());
	return [...replacements.keys()].filter(isIn);
}

/** What a module of ours exports, as its text says it; and the members of its exported interfaces, which others read. */
function listExportedNames(text: string): readonly string[] {
	const declared = /^export (?:default )?(?:async )?(?:function\*?|const|let|class|interface|type|enum) (\w+)/gm;
	const listed = /^export (?:const )?(?:type )?\{([^}]*)\}/gm;
	const interfaces = /^export interface [^{]*\{\n([\s\S]*?)^\}/gm;
	const members = /^\t(?:readonly )?(\w+)\??[(:<]/gm;
	return [
		...Array.from(text.matchAll(declared), ([, name = ""]) => name),
		...Array.from(text.matchAll(listed), ([, names = ""]) => names.match(/\w+/g) ?? []).flat(),
		...Array.from(text.matchAll(interfaces), ([, body = ""]) =>
			Array.from(body.matchAll(members), ([, name = ""]) => name),
		).flat(),
	];
}
