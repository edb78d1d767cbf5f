import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Metafile } from "esbuild";

/** Where the last build has left what its bundles are made of; not in dist, which is published. */
const file = path.join(import.meta.dirname, "../node_modules/.cache/mtls-drift/metafile.json");

export function writeMetafile(metafile: Metafile): void {
	mkdirSync(path.dirname(file), { recursive: true });
	writeFileSync(file, JSON.stringify(metafile));
}

/** Throws where nothing was built since the packages were installed. */
export function readMetafile(): Metafile {
	return JSON.parse(readFileSync(file, "utf8"));
}
