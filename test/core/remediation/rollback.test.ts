import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Change } from "../../../src/core/model/change.ts";
import type { Site } from "../../../src/core/model/site.ts";
import { revertChanges } from "../../../src/core/remediation/effects.ts";
import { mergeChanges } from "../../../src/core/remediation/merge-changes.ts";
import { applyMerged } from "../../support/builders/apply-change.ts";
import { certificatesFor, reportedSite, settings } from "../../support/builders/arbitraries.ts";
import {
	certificate,
	held,
	hostName,
	judge,
	notReported,
	now,
	planChanges,
	policy,
	reported,
	site,
} from "../../support/builders/site.ts";
import { scaleRuns } from "../../support/fuzz.ts";

const required: Change = {
	change: "site-properties",
	properties: { clientCertEnabled: true, clientCertMode: "Required" },
};
const bind: Change = { change: "binding", hostName: "www.contoso.com", sslState: "SniEnabled", certificate: "keep" };
const newest: Change = { ...bind, sslState: "Bound", certificate: "newer" };
const exclude = (clientCertExclusionPaths: string): Change => ({
	change: "site-properties",
	properties: { clientCertExclusionPaths },
});
const [old, fresh] = [certificate("old", { expiresAt: new Date("2026-12-01") }), certificate("fresh")];

/** The rollback without what stands in each command. */
function rollback(subject: Site, changes: readonly Change[], certificates = held(old, fresh)) {
	const { commands, warnings } = planChanges(subject, changes, certificates, now).rollback;
	const where = /--subscription \S+ --resource-group \S+ --(?:webapp-)?name app /;
	return { commands: commands.map((words) => words.join(" ").replace(where, "")), warnings };
}

function bound(thumbprint: string | null, state: "SniEnabled" | "IpBasedEnabled" = "SniEnabled") {
	return site({ customHostNames: reported([hostName("www.contoso.com", state, thumbprint)]) });
}

describe("the way back", () => {
	it("leads to where the site was, from all that the rules ask for", () => {
		fc.assert(
			fc.property(reportedSite, settings, (subject, wanted) => {
				const certificates = certificatesFor(subject);
				const { findings } = judge(subject, [policy("wanted", wanted, { scope: subject.id })], { certificates });
				const changes = mergeChanges(
					subject,
					findings.flatMap(({ remedy }) => remedy),
					certificates,
					now,
				);
				const back = revertChanges({ ...subject, hasSlots: false }, changes);
				assert.deepEqual(back.manualSteps, []);
				const hostsOf = ({ customHostNames }: Site) =>
					customHostNames.reported &&
					customHostNames.value.toSorted((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));
				const returned = applyMerged(applyMerged(subject, changes), back);
				assert.deepEqual({ ...returned, customHostNames: null }, { ...subject, customHostNames: null });
				assert.deepEqual(hostsOf(returned), hostsOf(subject));
			}),
			{ numRuns: scaleRuns(300) },
		);
	});

	it("warns where it leaves a mode behind that nobody knows", () => {
		const unheard = site({ clientCertMode: reported("Ignore"), verbatim: { mode: null, exclusionPaths: "" } });
		assert.match(
			rollback(unheard, [required]).warnings.join(),
			/clientCertMode stays Required, which means nothing while/,
		);
	});

	it("restores a mode that meant nothing, since someone may enable it", () => {
		const subject = site({ clientCertMode: reported("Ignore"), verbatim: { mode: "Optional", exclusionPaths: "" } });
		assert.deepEqual(rollback(subject, [required]).commands, [
			"az webapp update --set clientCertEnabled=false clientCertMode=Optional",
		]);
		const unheard = { ...subject, verbatim: { mode: null, exclusionPaths: "" } };
		assert.deepEqual(rollback(unheard, [required]).commands, ["az webapp update --set clientCertEnabled=false"]);
	});

	const paths: Record<string, [verbatim: string, pair: string]> = {
		"as somebody spelled them": ["/Health, /b;/a", "/Health, /b;/a"],
		none: ["", ""],
		"what would be a file": ["@/etc/passwd", "'@/etc/passwd'"],
		"what would be a number": ["12", "'12'"],
		"what would be a literal": ["None", "'None'"],
		"quotes and line breaks": ["a'b\\c\n", "'a\\'b\\\\c\\U0000000a'"],
	};
	for (const [name, [verbatim, pair]] of Object.entries(paths)) {
		it(`restores exclusion paths: ${name}`, () => {
			const subject = site({ verbatim: { mode: "Required", exclusionPaths: verbatim } });
			assert.deepEqual(rollback(subject, [exclude("/x")]).commands, [
				`az webapp update --set clientCertExclusionPaths=${pair}`,
			]);
		});
	}

	it("binds the former certificate, and unbinds what was not bound", () => {
		const certificateOf = ({ thumbprint }: typeof old) => `--certificate-thumbprint ${thumbprint}`;
		assert.deepEqual(rollback(bound(old.thumbprint, "IpBasedEnabled"), [newest]).commands, [
			`az webapp config ssl bind --hostname www.contoso.com ${certificateOf(old)} --ssl-type IP`,
		]);
		const unbound = site({ customHostNames: reported([hostName("www.contoso.com", "Disabled")]) });
		assert.deepEqual(rollback(unbound, [bind]).commands, [
			`az webapp config ssl unbind --hostname www.contoso.com ${certificateOf(fresh)}`,
		]);
	});

	it("takes an added host name away, and brings a deleted one back with its binding", () => {
		const add: Change = { change: "host-name", hostName: "new.contoso.com", action: "add" };
		const drop: Change = { change: "host-name", hostName: "www.contoso.com", action: "delete" };
		const { commands, warnings } = rollback(bound(old.thumbprint), [
			add,
			{ ...bind, hostName: "new.contoso.com" },
			drop,
		]);
		assert.deepEqual(commands, [
			"az webapp config hostname add --hostname www.contoso.com",
			`az webapp config ssl bind --hostname www.contoso.com --certificate-thumbprint ${old.thumbprint} --ssl-type SNI`,
			"az webapp config hostname delete --hostname new.contoso.com",
		]);
		assert.match(warnings.join(), /Before www\.contoso\.com can be added, its DNS zone needs/);
	});

	it("says before, too, what cannot be taken back", () => {
		const { remediation } = planChanges(bound(null), [newest], held(fresh), now);
		assert.match(remediation.warnings.join(), /No command binds www\.contoso\.com again as it is/);
	});

	it("says so where it cannot lead back", () => {
		const elsewhere = { ...old, resourceGroup: "rg-other" };
		const lost = rollback(bound(elsewhere.thumbprint), [newest], held(elsewhere, fresh));
		assert.deepEqual(lost.commands, []);
		assert.match(
			lost.warnings.join(),
			/No command binds www\.contoso\.com again as it is \(SniEnabled\): its certificate/,
		);
		const inconclusive = rollback(bound(null), [newest]);
		assert.deepEqual(inconclusive.commands, []);
		assert.match(inconclusive.warnings.join(), /ARM does not tell which certificate it has/);
		const unread = rollback(site({ clientCertExclusionPaths: notReported("ARM did not report it") }), [exclude("/x")]);
		assert.deepEqual(unread.commands, []);
		assert.match(unread.warnings.join(), /No command brings clientCertExclusionPaths back.*ARM did not report it/);
	});

	it("takes back what was done, not what was left undone", () => {
		const free = rollback(site({ tier: "Free", httpsOnly: reported(false) }), [
			required,
			{ change: "site-properties", properties: { httpsOnly: true } },
		]);
		assert.deepEqual(free.commands, ["az webapp update --set httpsOnly=false"]);
	});
});
