import { accessSync, constants } from "node:fs";
import path from "node:path";

/** The first of these programs that a search path has; undefined where it has none. */
export function findOnPath(names: readonly string[], searchPath = process.env.PATH ?? ""): string | undefined {
	for (const name of names) {
		for (const folder of searchPath.split(path.delimiter)) {
			const file = path.join(folder, name);
			if (folder !== "" && isExecutable(file)) return file;
		}
	}
	return undefined;
}

function isExecutable(file: string): boolean {
	try {
		accessSync(file, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}
