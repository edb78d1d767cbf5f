import type { Report } from "../../core/report/report.ts";
import { bytesOf, fillParts, type RenderedPart } from "./parts.ts";

const maxBytes = 256 * 1024;

/** The report as `mtls-drift.report.v1`, cut into parts. */
export function renderJson(report: Report, timestamp: Date): readonly RenderedPart[] {
	const write = (data: Report) =>
		JSON.stringify({ type: "mtls-drift.report.v1", timestamp: timestamp.toISOString(), data });
	// Room for the numbers of parts.
	const room = maxBytes - Buffer.byteLength(write({ ...report, sites: [], problems: [] })) - 64;
	// With its comma.
	const shares = fillParts(report, (item) => (bytesOf(item) + 1) / room);
	return shares.map((share, index) => ({
		...share,
		body: write({ ...report, ...share, part: index + 1, parts: shares.length }),
	}));
}
