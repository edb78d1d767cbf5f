import { chmodSync, writeFileSync } from "node:fs";
import path from "node:path";

/** Puts an `az` into a folder that prints each of its arguments with a NUL behind it, then two more. */
export function writeArgumentPrinter(folder: string): void {
	const file = path.join(folder, "az");
	writeFileSync(file, `#!/bin/sh\nprintf '%s\\0' "$@"\nprintf '\\0\\0'\n`);
	chmodSync(file, 0o755);
}
