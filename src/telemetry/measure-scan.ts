import type { Scan } from "../core/evaluation/scan-result.ts";
import { severities } from "../core/model/finding.ts";
import { rules } from "../core/rules/index.ts";
import type { Attributes, Measurement, MetricName } from "./signals.ts";

/** What a scan has to say in numbers. One that could not list all there is says nothing of its sites: fewer would look fine. */
export function measureScan(scan: Scan): readonly Measurement[] {
	const { counts, complete, listsComplete } = scan;
	const subscription = scan.subscription.id;
	const measure = (name: MetricName, value: number, attributes: Attributes): Measurement => {
		return { name, value, attributes: { subscription, ...attributes } };
	};
	const seconds = (scan.finishedAt.getTime() - scan.startedAt.getTime()) / 1000;
	const duration = measure("mtls_drift.scan.duration", seconds, { complete });
	if (!listsComplete) return [duration];

	const byStatus = {
		...{ "in-sync": counts.inSync, drifted: counts.drifted, exempt: counts.exempt },
		...{ unknown: counts.unknown, "not-covered": counts.notCovered },
	};
	const open = countBy(scan, ({ findings }) =>
		findings.filter(({ exemption }) => exemption === null).map(({ rule, severity }) => `${rule} ${severity}`),
	);
	const unknownsByRule = countBy(scan, ({ unknowns }) => unknowns.map(({ rule }) => rule));
	return [
		duration,
		...Object.entries(byStatus).map(([status, count]) => measure("mtls_drift.sites", count, { status })),
		...rules.flatMap(({ id: rule }) =>
			severities.map((severity) =>
				measure("mtls_drift.findings", open.get(`${rule} ${severity}`) ?? 0, { rule, severity }),
			),
		),
		...rules.map(({ id: rule }) => measure("mtls_drift.unknown", unknownsByRule.get(rule) ?? 0, { rule })),
	];
}

function countBy(
	{ assessments }: Scan,
	keysOf: (assessment: Scan["assessments"][number]) => readonly string[],
): ReadonlyMap<string, number> {
	const counts = new Map<string, number>();
	for (const key of assessments.flatMap(keysOf)) counts.set(key, (counts.get(key) ?? 0) + 1);
	return counts;
}
