import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { describe, it } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import type { z } from "zod";
import { findingReasons, problemReasons } from "../../../src/core/lifecycle/notification-diff.ts";
import { severities } from "../../../src/core/model/finding.ts";
import { problemCodes } from "../../../src/core/model/problem.ts";
import { beyondSubscriptions, type Report } from "../../../src/core/report/report.ts";
import { rules } from "../../../src/core/rules/index.ts";
import { renderJson } from "../../../src/notify/sinks/json.ts";
import type { message } from "../../../src/notify/sinks/message-schema.ts";
import { anyWrite, reportOf, samples } from "../../support/builders/reports.ts";
import { scaleRuns } from "../../support/fuzz.ts";
import { findFaults, findFaultsInData } from "../../support/receiver/message-schema.ts";

/** What the schema describes, and what is posted: either can stand for the other, or this does not compile. */
type Described = z.infer<typeof message>;
type Posted = Writable<{ type: "mtls-drift.report.v1"; timestamp: string; data: Report }>;
type Writable<T> = T extends object ? { -readonly [Key in keyof T]: Writable<T[Key]> } : T;
const _posted = (described: Described): Posted => described;
const _described = (posted: Posted): Described => posted;

// As other programs get it from the package.
const schema = createRequire(import.meta.url)("mtls-drift/report.v1.schema.json");
const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema);

const now = new Date("2026-11-24T12:00:00Z");
const write = (_: string, mark: string) => mark;
/** Thirty findings of all rules and reasons, and problems. */
const good = (): Posted => structuredClone(parse(renderJson(reportOf(40, write), now)[0]?.body));
const parse = (body = ""): Posted => JSON.parse(body);

/** Each object of the schema, with its place. */
function* objectsIn(node: unknown, pointer = ""): Generator<[string, Record<string, unknown>]> {
	if (typeof node !== "object" || node === null) return;
	if ("properties" in node && "required" in node) yield [pointer, node as Record<string, unknown>];
	for (const [key, child] of Object.entries(node)) yield* objectsIn(child, `${pointer}/${key}`);
}

describe("the JSON Schema of the message", () => {
	it("describes every field, and requires each", () => {
		const objects = [...objectsIn(schema)];
		// The message, data, subscription, scan, counts, site, its commands and the way back, finding, exemption, problem.
		assert.equal(objects.length, 11);
		for (const [pointer, { properties, required }] of objects) {
			const fields = Object.entries(properties as Record<string, { description?: string }>);
			assert.deepEqual(
				required,
				fields.map(([name]) => name),
				pointer,
			);
			for (const [name, { description }] of fields)
				assert.match(description ?? "", /^[a-zA-Z].*\.$/, `${pointer} ${name}`);
		}
	});

	it("lists every rule, reason, severity and code", () => {
		const { findings } = schema.properties.data.properties.sites.items.properties;
		const { rule, reason, severity } = findings.items.properties;
		const problem = schema.properties.data.properties.problems.items.properties;
		assert.deepEqual(
			[rule.enum, reason.enum, severity.enum, problem.code.enum, problem.reason.enum],
			[rules.map(({ id }) => id), findingReasons, severities, problemCodes, problemReasons],
		);
	});

	for (const [name, report] of samples) {
		it(`accepts each part of ${name}`, () => {
			const parts = renderJson(report(), now);
			assert.ok(parts.length > 0);
			for (const { body } of parts) {
				assert.deepEqual(findFaults(parse(body)), []);
				assert.ok(validate(parse(body)), JSON.stringify(validate.errors));
			}
		});
	}

	it("accepts whatever may stand in a text", () => {
		fc.assert(
			fc.property(anyWrite, fc.integer({ min: 1, max: 60 }), (any, count) => {
				for (const { body } of renderJson(reportOf(count, any), now)) assert.deepEqual(findFaults(parse(body)), []);
			}),
			{ numRuns: scaleRuns(30) },
		);
	});

	it("accepts what is beyond any one subscription, and a report of nothing", () => {
		const { data, ...rest } = good();
		const problemsOnly = { ...data, ...beyondSubscriptions, sites: [] };
		assert.deepEqual(findFaults({ ...rest, data: problemsOnly }), []);
		assert.deepEqual(findFaultsInData({ ...data, sites: [], problems: [] }), []);
	});

	it("accepts a field of a later version, but lets none be posted that it does not describe", () => {
		const later = { ...good(), data: { ...good().data, tenant: "…" } };
		assert.ok(validate(later), JSON.stringify(validate.errors));
		assert.match(findFaults(later).join(), /^\/data must NOT have additional properties .*tenant/);
	});

	const first = (posted: Posted) => posted.data.sites[0] as Posted["data"]["sites"][number];
	const finding = (posted: Posted, reason: string) =>
		posted.data.sites.flatMap(({ findings }) => findings).find((one) => one.reason === reason) as object;
	const problem = (posted: Posted) => posted.data.problems[0] as object;

	const broken: Record<string, (posted: Posted) => unknown> = {
		"no type": (posted) => Reflect.deleteProperty(posted, "type"),
		"another version": (posted) => Object.assign(posted, { type: "mtls-drift.report.v2" }),
		"a time without its zone": (posted) => Object.assign(posted, { timestamp: "2026-11-23T18:00:05.120" }),
		"a time as a number": (posted) => Object.assign(posted, { timestamp: 1 }),
		"a subscription without its name": (posted) => Object.assign(posted.data, { subscription: { id: "a" } }),
		"a subscription without a scan": (posted) => Object.assign(posted.data, { scan: null }),
		"a scan without a subscription": (posted) => Object.assign(posted.data, { subscription: null, sites: [] }),
		"sites without a subscription": (posted) => Object.assign(posted.data, beyondSubscriptions),
		"no sites": (posted) => Reflect.deleteProperty(posted.data, "sites"),
		"no word of problems": (posted) => Reflect.deleteProperty(posted.data, "problems"),
		"less than no sites": (posted) => Object.assign(posted.data.scan?.counts ?? {}, { sites: -1 }),
		"half a site": (posted) => Object.assign(posted.data.scan?.counts ?? {}, { sites: 1.5 }),
		"no count of what is not covered": (posted) => Reflect.deleteProperty(posted.data.scan?.counts ?? {}, "notCovered"),
		"part 0": (posted) => Object.assign(posted.data, { part: 0 }),
		"a site without findings": (posted) => Object.assign(first(posted), { findings: [] }),
		"a site of another kind": (posted) => Object.assign(first(posted), { kind: "staticsite" }),
		"a slot that is left out": (posted) => Reflect.deleteProperty(first(posted), "slot"),
		"a resource ID that is none": (posted) => Object.assign(first(posted), { resourceId: "pay-cards" }),
		"a link by plain http": (posted) => Object.assign(first(posted), { portalUrl: "http://portal.azure.com" }),
		"a command that is no text": (posted) => Object.assign(first(posted).remediation, { bash: [1] }),
		"no way back": (posted) => Reflect.deleteProperty(first(posted), "rollback"),
		"a way back without PowerShell": (posted) => Reflect.deleteProperty(first(posted).rollback, "powershell"),
		"a rule that there is not": (posted) => Object.assign(finding(posted, "new"), { rule: "tls" }),
		"a reason that there is not": (posted) => Object.assign(finding(posted, "new"), { reason: "seen" }),
		"a severity that there is not": (posted) => Object.assign(finding(posted, "new"), { severity: "Critical" }),
		"an observed value that is no text": (posted) => Object.assign(finding(posted, "new"), { observed: false }),
		"an explanation that is left out": (posted) => Reflect.deleteProperty(finding(posted, "new"), "explanation"),
		"an exemption that nobody gave": (posted) => Object.assign(finding(posted, "exempted"), { exemption: null }),
		"an exemption without an end": (posted) =>
			Object.assign(finding(posted, "exempted"), {
				exemption: { name: "a", category: "waiver", reason: "r", owner: "o", expiresOn: null },
			}),
		"something to see of what is gone": (posted) => Object.assign(finding(posted, "removed"), { observed: "false" }),
		"a code that there is not": (posted) => Object.assign(problem(posted), { code: "odd" }),
		"a problem that has changed": (posted) => Object.assign(problem(posted), { reason: "changed" }),
		"a problem without its place": (posted) => Reflect.deleteProperty(problem(posted), "scope"),
	};
	for (const [name, breakIt] of Object.entries(broken)) {
		it(`refuses ${name}`, () => {
			const posted = good();
			assert.ok(validate(posted), JSON.stringify(validate.errors));
			breakIt(posted);
			assert.ok(!validate(posted));
			assert.notDeepEqual(findFaults(posted), []);
		});
	}

	it("refuses one that has lost or found a field, wherever that is", () => {
		const pointers = [...fieldsOf(good())];
		assert.ok(pointers.length > 100);
		for (const path of pointers) {
			const posted = good();
			const holder = path.slice(0, -1).reduce((value, key) => Reflect.get(value, key), posted as object);
			const name = path.at(-1) ?? "";
			Reflect.deleteProperty(holder, name);
			assert.notDeepEqual(findFaults(posted), [], `without ${path.join("/")}`);
			const more = good();
			Object.assign(
				path.slice(0, -1).reduce((value, key) => Reflect.get(value, key), more as object),
				{ odd: 1 },
			);
			assert.notDeepEqual(findFaults(more), [], `with more beside ${path.join("/")}`);
		}
	});
});

/** The path of each field of an object, and of those within it. */
function* fieldsOf(value: unknown, path: readonly string[] = []): Generator<readonly string[]> {
	if (typeof value !== "object" || value === null) return;
	for (const [key, child] of Object.entries(value)) {
		if (!Array.isArray(value)) yield [...path, key];
		yield* fieldsOf(child, [...path, key]);
	}
}
