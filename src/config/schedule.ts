import { Cron } from "croner";
import { z } from "zod";

/** Every hour. */
export const defaultSchedule = "0 0 * * * *";

/** The timer's schedule. */
export const scheduleSettings = z
	.object({
		DRIFT_SCHEDULE: z
			.string()
			.refine(isSchedule, "is not an NCRONTAB expression, for example 0 0 * * * * for every hour")
			.default(defaultSchedule),
	})
	.transform((settings) => settings.DRIFT_SCHEDULE);

/** Azure Functions' six fields, seconds first; nicknames and croner's extensions are not for it. */
function isSchedule(text: string): boolean {
	if (!/^[\da-z*/,-]+(?: +[\da-z*/,-]+){4,5}$/i.test(text)) return false;
	try {
		new Cron(text, { paused: true });
		return true;
	} catch {
		return false;
	}
}
