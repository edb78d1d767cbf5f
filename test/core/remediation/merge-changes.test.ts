import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CertificateReading } from "../../../src/core/model/certificate.ts";
import type { Change, MergedChanges } from "../../../src/core/model/change.ts";
import { callsForCertificates, mergeChanges, uniteChanges } from "../../../src/core/remediation/merge-changes.ts";
import { certificate, held, hostName, notReported, now, reported, site } from "../../support/builders/site.ts";

const [old, fresh] = [certificate("old"), certificate("fresh")];
const www = "www.contoso.com";
const bind = (changes: Partial<Extract<Change, { change: "binding" }>> = {}): Change => ({
	change: "binding",
	hostName: www,
	sslState: "SniEnabled",
	certificate: "keep",
	...changes,
});
const add: Change = { change: "host-name", hostName: www, action: "add" };
const remove: Change = { change: "host-name", hostName: www, action: "delete" };
const secure: Change = { change: "site-properties", properties: { httpsOnly: true } };
const bound = (thumbprint: string | null) =>
	site({ customHostNames: reported([hostName(www, "SniEnabled", thumbprint)]) });
const unread: CertificateReading = { readable: false, reason: "403" };

describe("mergeChanges", () => {
	it("adds and deletes what it is asked to, once, and nothing that is only to be bound", () => {
		const merged = mergeChanges(
			site(),
			[add, add, { ...remove, hostName: "old.contoso.com" }, bind()],
			held(fresh),
			now,
		);
		assert.deepEqual(merged.addedHostNames, [www]);
		assert.deepEqual(merged.deletedHostNames, [{ hostName: "old.contoso.com", before: null }]);
		assert.deepEqual(
			merged.bindings.map(({ hostName: name, thumbprint }) => [name, thumbprint]),
			[[www, fresh.thumbprint]],
		);
	});

	describe("brings back the tags of", () => {
		const tags = { team: "pay" };
		const cases: Record<string, { slot: string | null; changes: Change[]; expect: typeof tags | null }> = {
			"a slot with a binding that changes": { slot: "blue", changes: [bind()], expect: tags },
			"a slot with a host name that goes": { slot: "blue", changes: [remove], expect: tags },
			"no slot whose bindings stay": { slot: "blue", changes: [secure, add], expect: null },
			"no production": { slot: null, changes: [bind()], expect: null },
		};
		for (const [name, { slot, changes, expect }] of Object.entries(cases)) {
			it(name, () => assert.deepEqual(mergeChanges(site({ slot, tags }), changes, held(fresh), now).tags, expect));
		}
	});

	describe("binds a certificate that a policy asks for", () => {
		const pinned = bind({ certificate: { thumbprint: old.thumbprint } });
		const bindingsOf = (subject = site(), certificates: CertificateReading = unread) => {
			const { bindings, manualSteps } = mergeChanges(subject, [pinned], certificates, now);
			return [bindings.map(({ thumbprint }) => thumbprint), manualSteps];
		};
		it("if it is there", () => assert.deepEqual(bindingsOf(site(), held(old, fresh)), [[old.thumbprint], []]));
		it("if it is bound, though the certificates could not be read", () =>
			assert.deepEqual(bindingsOf(bound(old.thumbprint)), [[old.thumbprint], []]));
		it("not if another is bound, and the certificates could not be read", () =>
			assert.deepEqual(bindingsOf(bound(fresh.thumbprint)), [
				[],
				[`No command for ${www}: the subscription's certificates could not be read: 403.`],
			]));
		it("not if it is not there, bound or not", () => {
			const [bindings, manualSteps] = bindingsOf(bound(old.thumbprint), held(fresh));
			assert.deepEqual(bindings, []);
			assert.match(
				String(manualSteps),
				/the certificate \w{40} that the policy asks for is not a valid one for it in West Europe in rg-app and rg-plan\. Upload one/,
			);
		});
	});

	it("takes any certificate for newer than the one that ARM does not tell", () => {
		const { bindings } = mergeChanges(bound(null), [bind({ certificate: "newer" })], held(fresh), now);
		assert.deepEqual(
			bindings.map(({ thumbprint, before }) => [thumbprint, before]),
			[[fresh.thumbprint, { sslState: "SniEnabled", thumbprint: null, isFound: false }]],
		);
	});

	it("takes nothing for bound where ARM did not tell the host names", () => {
		const subject = site({ customHostNames: notReported("ARM did not report them") });
		const { bindings } = mergeChanges(subject, [bind()], held(fresh), now);
		assert.deepEqual(
			bindings.map(({ thumbprint, before }) => [thumbprint, before]),
			[[fresh.thumbprint, null]],
		);
	});
});

describe("uniteChanges", () => {
	const none: MergedChanges = mergeChanges(site(), [], held(), now);
	const one = mergeChanges(
		site({ slot: "blue", tags: { team: "pay" } }),
		[secure, add, bind(), { change: "manual-step", advice: "Look." }],
		held(fresh),
		now,
	);

	it("leaves one as it is", () => assert.deepEqual(uniteChanges([one]), one));
	it("leaves two that are the same as one", () => assert.deepEqual(uniteChanges([one, one]), one));
	it("keeps all of one beside one that changes nothing", () => {
		assert.deepEqual(uniteChanges([none, one]), one);
		assert.deepEqual(uniteChanges([one, none]), one);
	});
	it("is nothing of nothing", () => assert.deepEqual(uniteChanges([]), none));
	it("puts together what each changes", () => {
		const other: MergedChanges = {
			...none,
			properties: { clientCertEnabled: true },
			config: { http20Enabled: false },
			addedHostNames: ["b.contoso.com"],
			unbindings: [{ hostName: "c.contoso.com", sslState: "SniEnabled", thumbprint: old.thumbprint }],
			deletedHostNames: [{ hostName: "d.contoso.com", before: null }],
			manualSteps: ["Look there, too."],
		};
		assert.deepEqual(uniteChanges([one, other, other]), {
			properties: { httpsOnly: true, clientCertEnabled: true },
			config: { http20Enabled: false },
			addedHostNames: [www, "b.contoso.com"],
			bindings: one.bindings,
			unbindings: other.unbindings,
			deletedHostNames: other.deletedHostNames,
			tags: { team: "pay" },
			manualSteps: ["Look.", "Look there, too."],
		});
	});
});

describe("callsForCertificates", () => {
	const cases: Record<string, { change: Change; expect: boolean }> = {
		"to bind a host name": { change: bind(), expect: true },
		"to delete one that is bound, since the way back binds it": { change: remove, expect: true },
		"not to delete one that is not bound": { change: { ...remove, hostName: "other.contoso.com" }, expect: false },
		"not to add one": { change: add, expect: false },
		"not to set a property": { change: secure, expect: false },
		"not for what people do": { change: { change: "manual-step", advice: "Look." }, expect: false },
	};
	for (const [name, { change, expect }] of Object.entries(cases)) {
		it(name, () => assert.equal(callsForCertificates(bound(old.thumbprint), change), expect));
	}
});
