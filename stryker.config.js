// The test processes of a run share what Node compiles: that halves the time of each.
process.env.NODE_COMPILE_CACHE ??= "node_modules/.cache/stryker";

/** @type {import("@stryker-mutator/api/core").PartialStrykerOptions & { tap: object }} */
export default {
  mutate: ["src/core/**/*.ts"],
  testRunner: "tap",
  tap: {
    testFiles: ["test/core/**/*.test.ts"],
    nodeArgs: ["--test-reporter=tap", "-r", "{{hookFile}}", "{{testFile}}"],
  },
  coverageAnalysis: "perTest",
  timeoutMS: 1000,
  concurrency: 2,
  reporters: ["clear-text", "json", "html"],
  clearTextReporter: { logTests: false, allowColor: false, reportTests: false, skipFull: true },
  ignorePatterns: ["dist", "docs", "reports", "tsconfig*.json"],
  thresholds: { high: 95, low: 90, break: 90 },
};
