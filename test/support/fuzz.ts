import fc from "fast-check";

/** Of the fuzz tests with the most inputs; the others have fewer, in proportion. FUZZ_RUNS replaces it. */
const usualRuns = 4000;

/** One seed for all tests of a process: FUZZ_SEED, or the clock. What fails with it fails again. */
export const fuzzSeed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
fc.configureGlobal({ seed: fuzzSeed });
if (process.env.FUZZ_RUNS !== undefined) console.log(`FUZZ_SEED=${fuzzSeed}`);

/** How many inputs a test tries that usually tries so many: with FUZZ_RUNS=100000, 25 times as many. */
export function scaleRuns(usual: number): number {
	return Math.ceil((usual * Number(process.env.FUZZ_RUNS ?? usualRuns)) / usualRuns);
}

export const fuzzRuns = scaleRuns(usualRuns);
