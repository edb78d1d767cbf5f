import type { BuildOptions } from "esbuild";

/** How programs for Node.js are bundled: whole, so that nothing is to be installed where they run. */
export const bundling = {
	bundle: true,
	platform: "node",
	target: "node22",
	format: "esm",
	// The worker of Azure Functions provides it, and gives it to require() only.
	external: ["@azure/functions-core"],
	banner: {
		js: 'import { createRequire as createRequireOfBundle } from "node:module";\nconst require = createRequireOfBundle(import.meta.url);',
	},
	// Names stay, so that a stack trace in the log can be read.
	minifySyntax: true,
	minifyWhitespace: true,
	metafile: true,
} as const satisfies BuildOptions;
