import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { readFindingRow, writeFindingRow } from "../../src/storage/finding-row.ts";
import { certificatesFor, reportedSite, settings } from "../support/builders/arbitraries.ts";
import { findingsOf, judge, policy, siteId } from "../support/builders/site.ts";
import { scaleRuns } from "../support/fuzz.ts";

it("reads of a finding all that was written, to the letter", () => {
	const slot = fc.option(fc.constant("staging"));
	fc.assert(
		fc.property(reportedSite, settings, slot, (subject, wanted, named) => {
			const { mode, exclusionPaths } = subject.verbatim;
			const place = { resourceGroup: "rg-app", name: "app", slot: named, id: siteId("rg-app", "app", named) };
			const verbatim = { mode, exclusionPaths: exclusionPaths.replace(/[a-z]/g, (letter) => letter.toUpperCase()) };
			const site = { ...subject, ...place, verbatim };
			const certificates = certificatesFor(site);
			const assessment = judge(site, [policy("wanted", wanted, { scope: site.id })], { certificates });
			for (const finding of findingsOf([assessment], certificates)) {
				// A cell of JSON holds no half characters.
				const wellFormed = JSON.parse(JSON.stringify(finding));
				assert.deepEqual(JSON.parse(JSON.stringify(readFindingRow(writeFindingRow(finding)))), wellFormed);
			}
		}),
		{ numRuns: scaleRuns(300) },
	);
});
