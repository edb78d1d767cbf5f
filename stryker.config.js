import { globSync } from "node:fs";

// The test processes of a run share what Node compiles: that halves the time of each.
process.env.NODE_COMPILE_CACHE ??= "node_modules/.cache/stryker";

/** A mutant is tried by one test after the other until one fails: the tests of one thing come first, those that start shells last. */
const late = [/\/(?:bicep|incompatible-settings|precedence|evaluate|rollback)\./, /\/(?:powershell|bash)\./];
const lateness = (file) => late.findIndex((pattern) => pattern.test(file));
const testFiles = globSync("test/{core,web/view}/**/*.test.ts").sort(
	(a, b) => lateness(a) - lateness(b) || (a < b ? -1 : 1),
);

export default {
	mutate: ["src/core/**/*.ts", "src/web/view/*.ts"],
	testRunner: "tap",
	tap: { testFiles, nodeArgs: ["--test-reporter=tap", "-r", "{{hookFile}}", "{{testFile}}"] },
	coverageAnalysis: "perTest",
	concurrency: 2,
	timeoutMS: 1000,
	// StrykerJS would rewrite the paths in tsconfig.json by TypeScript's API, which TypeScript 7 does not have; nothing here needs that.
	ignorePatterns: ["/dist", "/docs", "/infra", "/reports", "/tsconfig*.json"],
	reporters: ["progress-append-only", "clear-text", "json", "html"],
	clearTextReporter: { allowColor: false, reportTests: false, skipFull: true },
	incrementalFile: "reports/mutation/incremental.json",
	thresholds: { high: 95, low: 90, break: 90 },
};
