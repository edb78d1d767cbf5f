import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { findOldNames, replacements } from "./old-names.ts";

/** Counts names that have a standard term, in the names of files and in what they export. Ends with 1 if there is any. */
const files = globSync(["{src,test,scripts}/**/*.{ts,js,cjs,css,py}", "*.ts"]);
if (files.length === 0) throw new Error("found no files: run this in the root of the checkout");
const found = files.toSorted().flatMap((file) => findOldNames(file, readFileSync(file, "utf8")));
for (const { file, name, word } of found) {
	console.error(`${path.normalize(file)}: ${name} says "${word}"; the standard term is ${replacements.get(word)}`);
}
if (found.length > 0) {
	console.error(`${found.length} names to change. An exception goes into scripts/old-names.ts, with its reason.`);
	process.exitCode = 1;
}
