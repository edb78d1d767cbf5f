import fc from "fast-check";

/** Of the fuzz tests with the most inputs; the others have fewer, in proportion. FUZZ_RUNS replaces it. */
const usualRuns = 4000;

const runs = readPositive("FUZZ_RUNS") ?? usualRuns;

/** One seed for all tests of a process: FUZZ_SEED, or the clock. What fails with it fails again. */
export const fuzzSeed = readPositive("FUZZ_SEED") ?? Date.now() % 2 ** 31;
fc.configureGlobal({ seed: fuzzSeed });
if (runs !== usualRuns) console.log(`FUZZ_RUNS=${runs} FUZZ_SEED=${fuzzSeed}`);

/** How many inputs a test tries that usually tries so many: with FUZZ_RUNS=100000, 25 times as many. */
export function scaleRuns(usual: number): number {
	return Math.ceil((usual * runs) / usualRuns);
}

export const fuzzRuns = scaleRuns(usualRuns);

function readPositive(name: string): number | undefined {
	const text = process.env[name];
	if (text === undefined) return undefined;
	if (!/^[1-9]\d*$/.test(text)) throw new Error(`${name} is "${text}", but it must be a whole number from 1`);
	return Number(text);
}
