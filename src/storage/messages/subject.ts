import * as z from "zod";
import type { Subject } from "../../core/report/report.ts";

const count = z.number().int().nonnegative();

/** What a message is about, as queues and tables hold it. */
export const subject = z.union([
	z.strictObject({
		subscription: z.strictObject({ id: z.guid(), name: z.string().min(1) }),
		/** The scan that asks for it: the message says how that counted. */
		scan: z.strictObject({
			id: z.string(),
			startedAt: z.iso.datetime(),
			finishedAt: z.iso.datetime(),
			complete: z.boolean(),
			counts: z.strictObject({
				sites: count,
				inSync: count,
				drifted: count,
				exempt: count,
				unknown: count,
				notCovered: count,
			}),
		}),
	}),
	z.strictObject({ subscription: z.null(), scan: z.null() }),
]);

/** The subject of a message as it was written; undefined where it is none. */
export function readSubject(text: string): Subject | undefined {
	try {
		return subject.safeParse(JSON.parse(text)).data;
	} catch {
		return undefined;
	}
}
