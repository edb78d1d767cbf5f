import { Cron } from "croner";
import * as z from "zod";

/** Every hour. */
const defaultSchedule = "0 0 * * * *";

/** The timer's schedule. */
export const scheduleSettings = z
	.object({
		DRIFT_SCHEDULE: z
			.string()
			.refine(isSchedule, "is not an NCRONTAB expression, for example 0 0 * * * * for every hour")
			.default(defaultSchedule),
	})
	.transform((settings) => settings.DRIFT_SCHEDULE);

/** For the timer, which has to be registered whatever is wrong: the runs themselves then say what that is. */
export function chooseSchedule(set: string | undefined): string {
	const text = set?.trim();
	return text && isSchedule(text) ? text : defaultSchedule;
}

const runsCompared = 10;

/** The longest time between two of the next runs, in milliseconds: a schedule that rests at weekends is not late on Sunday. */
export function periodOf(schedule: string, now: Date): number {
	const runs = new Cron(schedule, { paused: true, timezone: "UTC" }).nextRuns(runsCompared, now);
	return Math.max(...runs.slice(1).map((run, index) => run.getTime() - (runs[index] as Date).getTime()));
}

/** Azure Functions' six fields, seconds first; nicknames and croner's extensions are not for it. */
function isSchedule(text: string): boolean {
	const names = /\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat)\b/gi;
	if (!/^[\d*/,-]+(?: +[\d*/,-]+){4,5}$/.test(text.replace(names, "1"))) return false;
	// To croner, 7 is Sunday too; NCRONTAB's days end at 6.
	if (/(?:^|[,-])0*7/.test(text.split(/ +/).at(-1) as string)) return false;
	try {
		new Cron(text, { paused: true });
		return true;
	} catch {
		return false;
	}
}
