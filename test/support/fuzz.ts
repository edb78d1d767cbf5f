/** How many inputs a fuzz test tries: FUZZ_RUNS, which the scheduled workflow sets to 100,000, else some thousands. */
export const fuzzRuns = Number(process.env.FUZZ_RUNS ?? 4000);

/** The seed of a fuzz test, from FUZZ_SEED or the clock. A test prints it, so that a failure can be seen again. */
export function chooseSeed(): number {
	return Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 32);
}
