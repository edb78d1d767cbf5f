import assert from "node:assert/strict";
import type { Received } from "./receiver.ts";

/** What somebody believes who read all messages and takes each `webhook-id` once. */
export interface Belief {
	/** `app rule` of what drifts, or is exempt, in alphabetical order. */
	readonly findings: readonly string[];
	/** The codes of what could not be told, with their scopes. */
	readonly problems: readonly string[];
	/** How many messages came more than once. */
	readonly repeated: number;
}

/** Reads messages in the order in which they came. Fails where one does not follow from those before. */
export function replay(received: readonly Received[]): Belief {
	const bodies = new Map<string, string>();
	const findings = new Map<string, "open" | "exempt">();
	const problems = new Set<string>();
	let repeated = 0;
	for (const { headers, body, message } of received) {
		const id = String(headers["webhook-id"]);
		if (bodies.has(id)) {
			assert.equal(body, bodies.get(id), "the same ID stands for the same message");
			repeated += 1;
			continue;
		}
		bodies.set(id, body);
		for (const site of message.data.sites) {
			for (const { rule, reason } of site.findings) {
				const name = `${site.slot === null ? site.name : `${site.name}/${site.slot}`} ${rule}`;
				const before = findings.get(name);
				assert.ok(follows[reason].includes(before ?? "unknown"), `${name}: ${reason} after ${before ?? "nothing"}`);
				if (reason === "resolved" || reason === "removed") findings.delete(name);
				else findings.set(name, site.findings.find((one) => one.rule === rule)?.exemption ? "exempt" : "open");
			}
		}
		for (const { code, scope, reason } of message.data.problems) {
			const name = `${code} ${scope}`;
			assert.equal(problems.has(name), reason !== "new", `${name}: ${reason}`);
			if (reason === "resolved") problems.delete(name);
			else problems.add(name);
		}
	}
	return {
		findings: [...findings].map(([name, state]) => `${name} ${state}`).sort(),
		problems: [...problems].sort(),
		repeated,
	};
}

/** What each reason may follow. */
const follows = {
	removed: ["open", "exempt"],
	resolved: ["open", "exempt"],
	exempted: ["unknown", "open"],
	"exemption-ended": ["exempt"],
	reopened: ["unknown"],
	new: ["unknown"],
	changed: ["open", "exempt"],
	reminder: ["open"],
} as const satisfies Record<string, readonly string[]> as Record<string, readonly string[]> as Readonly<
	Record<Received["message"]["data"]["sites"][number]["findings"][number]["reason"], readonly string[]>
>;
