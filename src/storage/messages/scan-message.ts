import * as z from "zod";
import { readQueueMessage } from "./queue-message.ts";

/** One message of the queue `drift-scan`: scan this subscription. */
const scanMessage = z.strictObject({
	version: z.literal(1),
	scanId: z.guid(),
	subscription: z.strictObject({ id: z.guid(), name: z.string().min(1) }),
	requestedAt: z.iso.datetime().transform((text) => new Date(text)),
});
export type ScanMessage = z.output<typeof scanMessage>;

/** Throws where it could not be read again. */
export function writeScanMessage(message: Omit<ScanMessage, "version">): string {
	const text = JSON.stringify({ version: 1, ...message });
	readScanMessage(JSON.parse(text));
	return text;
}

/** Throws an error that names what is wrong, and never repeats the message. */
export function readScanMessage(content: unknown): ScanMessage {
	return readQueueMessage(scanMessage, content);
}
