import { z } from "zod";
import { findingReasons, problemReasons } from "../../core/lifecycle/notification-diff.ts";
import { exemptionCategories } from "../../core/model/exemption.ts";
import { severities } from "../../core/model/finding.ts";
import { problemCodes } from "../../core/model/problem.ts";
import { siteKinds } from "../../core/model/site.ts";
import { rules } from "../../core/rules/index.ts";

// A pattern, since validators are free to take no notice of a format.
const time = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
const link = z.string().regex(/^https:\/\//);
const count = z.int().nonnegative();

const subscription = z.object({
	id: z.string().meta({ description: "The subscription's ID, a GUID." }),
	name: z.string().meta({ description: "The subscription's display name." }),
});

const scan = z.object({
	id: z.string().meta({ description: "Which scan it was: the same in all parts." }),
	startedAt: time.meta({ description: "When it started, in ISO 8601 and UTC." }),
	finishedAt: time.meta({ description: "When it was done, in ISO 8601 and UTC." }),
	complete: z.boolean().meta({
		description: "False when anything that belongs to the inventory could not be read; then more may have drifted.",
	}),
	counts: z
		.object({
			sites: count.meta({ description: "All sites and slots: the sum of the other five." }),
			inSync: count.meta({ description: "Those of which everything governed is as desired." }),
			drifted: count.meta({ description: "Those with a drift that nobody accepts." }),
			exempt: count.meta({ description: "Those all of whose drift is accepted." }),
			unknown: count.meta({
				description: "Those of which something could not be told, and nothing is known to drift.",
			}),
			notCovered: count.meta({ description: "Those that no policy governs." }),
		})
		.meta({ description: "How many sites are in which state; each counts once." }),
});

const exemption = z.object({
	name: z.string().meta({ description: "The name of its row in the table DriftExemption." }),
	category: z
		.enum(exemptionCategories)
		.meta({ description: "waiver: the risk is borne; mitigated: something else takes it away." }),
	reason: z.string().meta({ description: "Why the drift is accepted." }),
	owner: z.string().meta({ description: "Who answers for it." }),
	expiresOn: time.meta({ description: "From then on it exempts nothing, in ISO 8601 and UTC." }),
});

const finding = z
	.object({
		rule: z.enum(rules.map(({ id }) => id)).meta({ description: "The rule that drifted." }),
		target: z
			.string()
			.nullable()
			.meta({ description: "The host name that drifted; null where it is the site as such." }),
		reason: z.enum(findingReasons).meta({ description: "Why this is told now: of several that apply, the first." }),
		severity: z.enum(severities).meta({ description: "How bad it is." }),
		desired: z.string().meta({ description: "What the policy wants." }),
		observed: z.string().meta({
			description: "What Azure Resource Manager, or the site at its door, said; absent for a site that is gone.",
		}),
		explanation: z.string().meta({ description: "What the difference means for whom, as sentences." }),
		policy: z.string().meta({ description: "The name of the policy that the desired value comes from." }),
		firstSeen: time.meta({ description: "When it was found first, in ISO 8601 and UTC." }),
		exemption: exemption.nullable().meta({ description: "Who accepts the drift; null while nobody does." }),
		learnMore: link.meta({ description: "Microsoft's page on the setting." }),
	})
	.meta({
		// Who is exempted, is so by an exemption; what is gone, has nothing to observe.
		allOf: [
			when({ reason: { const: "exempted" } }, { exemption: { type: "object" } }),
			when({ reason: { const: "removed" } }, { observed: { const: "absent" } }),
		],
	});

function commands(what: string) {
	return z.object({
		bash: z
			.array(z.string())
			.meta({ description: `The commands that ${what}, for bash, in the order in which to run them.` }),
		powershell: z.array(z.string()).meta({ description: "The same commands for PowerShell." }),
		warnings: z.array(z.string()).meta({ description: "What to mind before, and what no command does." }),
	});
}

const site = z.object({
	resourceId: z
		.string()
		.regex(/^\/subscriptions\//)
		.meta({ description: "The ARM resource ID of the site or slot, as ARM spells it; compare without case." }),
	name: z.string().meta({ description: "The site's name, without that of the slot." }),
	slot: z.string().nullable().meta({ description: "The slot's name; null for the site itself." }),
	resourceGroup: z.string().meta({ description: "The name of its resource group." }),
	kind: z.enum(siteKinds).meta({ description: "What kind of site it is." }),
	portalUrl: link.meta({ description: "Its page in the portal of its cloud." }),
	findings: z
		.array(finding)
		.min(1)
		.meta({ description: "What there is to tell of it; each finding stands in exactly one part." }),
	remediation: commands("close those of the findings that are open and not exempt").meta({
		description: "What mends it; empty where nothing is to be mended.",
	}),
	rollback: commands("take the remediation back").meta({ description: "The way back." }),
});

const problem = z.object({
	code: z.enum(problemCodes).meta({ description: "What could not be told: docs/problems.md says what to do." }),
	reason: z.enum(problemReasons).meta({ description: "Why this is told now." }),
	scope: z.string().meta({
		description:
			"What it is about: an ARM ID, DriftPolicy/ROW/COLUMN or DriftExemption/ROW/COLUMN. The same code and scope are the same problem.",
	}),
	message: z.string().meta({ description: "What happened, to what, and what to do." }),
});

const data = z
	.object({
		subscription: subscription.nullable().meta({ description: "Null for what is beyond any one subscription." }),
		scan: scan.nullable().meta({ description: "The scan after which this is told; null where subscription is." }),
		sites: z.array(site).meta({ description: "The sites with something to tell, the worst first." }),
		problems: z.array(problem).meta({ description: "What kept the scan from telling the truth." }),
		part: z.int().min(1).meta({ description: "Which part of the report this is, from 1 on." }),
		parts: z.int().min(1).meta({ description: "In how many parts the report is cut." }),
	})
	.meta({
		description: "What has changed since this webhook was told last.",
		...when({ subscription: { type: "null" } }, { scan: { type: "null" }, sites: { type: "array", maxItems: 0 } }),
		else: { type: "object", properties: { scan: { type: "object" } } },
	});

/** The message that webhooks of kind json get, as it is described to its receivers. */
export const message = z.object({
	type: z.literal("mtls-drift.report.v1").meta({ description: "What kind of message this is, with its version." }),
	timestamp: time.meta({ description: "When it was made, in ISO 8601 and UTC; the same whenever it is posted again." }),
	data,
});

/**
 * The JSON Schema of the message. The one that receivers get is open: a later version may add a field to `v1` without breaking who
 * validates. A closed one allows no field that is not described.
 */
export function describeMessage(form: "open" | "closed"): object {
	return {
		// A name and no address: nobody is to load it from anywhere.
		$id: "urn:mtls-drift:report.v1",
		title: "mtls-drift.report.v1",
		description: "What mtls-drift posts to webhooks of kind json.",
		// zod leaves out additionalProperties where it describes what goes in, and forbids them where it describes what comes out.
		...z.toJSONSchema(message, { io: form === "open" ? "input" : "output" }),
	};
}

/** Of an object whose properties are such, others are such. */
function when(properties: object, outcome: object): object {
	const whole = { type: "object" };
	// biome-ignore lint/suspicious/noThenProperty: it is a keyword of JSON Schema.
	return { if: { ...whole, properties }, then: { ...whole, properties: outcome } };
}
