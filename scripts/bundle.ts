import type { Metafile } from "esbuild";

/** One program of the package: a file that is run or imported, with the chunks that it loads, at once or later. */
export interface Bundle {
	readonly file: string;
	readonly bytes: number;
	/** How many of its bytes come from each package, by the package's folder; the most first. Our own have the folder `src`. */
	readonly packages: ReadonlyMap<string, number>;
}

/** What esbuild has made, as far as something of it is run by its own name. */
export function bundlesOf({ outputs }: Metafile): readonly Bundle[] {
	const loaded = new Set(Object.values(outputs).flatMap(({ imports }) => imports.map(({ path }) => path)));
	const programs = Object.keys(outputs).filter((file) => outputs[file]?.entryPoint !== undefined && !loaded.has(file));
	return programs.map((file) => {
		const parts = [...reach(outputs, file)].flatMap((path) => outputs[path] ?? []);
		const packages = new Map<string, number>();
		for (const [input, { bytesInOutput }] of parts.flatMap(({ inputs }) => Object.entries(inputs))) {
			const folder = packageFolderOf(input) ?? "src";
			if (bytesInOutput > 0) packages.set(folder, (packages.get(folder) ?? 0) + bytesInOutput);
		}
		const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
		return { file, bytes, packages: new Map([...packages].toSorted(([, a], [, b]) => b - a)) };
	});
}

/** The folders of all packages of which something is in a bundle, in alphabetical order. */
export function bundledFolders(metafile: Metafile): readonly string[] {
	const folders = bundlesOf(metafile).flatMap(({ packages }) => [...packages.keys()]);
	return [...new Set(folders)].filter((folder) => folder !== "src").sort();
}

/** What fills each bundle, in lines for people. */
export function describeBundles(metafile: Metafile): readonly string[] {
	return bundlesOf(metafile).flatMap(({ file, bytes, packages }) => {
		const some = [...packages].slice(0, 10);
		const others = [...packages.values()].slice(10);
		const rest = others.reduce((sum, size) => sum + size, 0);
		return [
			`${file}  ${kibibytes(bytes)}`,
			...some.map(([folder, size]) => `${kibibytes(size).padStart(12)}  ${folder.replace(/^node_modules\//, "")}`),
			...(others.length === 0 ? [] : [`${kibibytes(rest).padStart(12)}  ${others.length} more`]),
		];
	});
}

function kibibytes(bytes: number): string {
	return `${Math.round(bytes / 1024)} KiB`;
}

/** A file and all that it loads, and that loads in turn. */
function reach(outputs: Metafile["outputs"], file: string, found = new Set<string>()): ReadonlySet<string> {
	if (found.has(file)) return found;
	found.add(file);
	for (const { path, external } of outputs[file]?.imports ?? []) if (!external) reach(outputs, path, found);
	return found;
}

/** For example `node_modules/@azure/core-util`, also for what esbuild marks with a word before the path; undefined for our own. */
function packageFolderOf(input: string): string | undefined {
	return /(?:^|:)((?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
}
