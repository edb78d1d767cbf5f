import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { HttpHandler, HttpRequest, HttpResponseInit, InvocationContext } from "@azure/functions";
import { createRouteGuard } from "../../src/functions/authorize.ts";
import { createCertInfo } from "../../src/functions/cert-info.ts";
import { issueAuthority, issueLeaf, now } from "../support/certificates/client-certificates.ts";
import { createRandom, makeHeader } from "../support/certificates/header-fuzzer.ts";
import { fuzzRuns, fuzzSeed } from "../support/fuzz.ts";

describe("any header at the door", () => {
	it(`is let in, refused or explained, and never a fault of the app: ${fuzzRuns} of them`, async (test) => {
		test.diagnostic(`FUZZ_SEED=${fuzzSeed}`);
		const random = createRandom(fuzzSeed);
		const root = await issueAuthority();
		const leaf = await issueLeaf({ issuer: root });
		const rules = { certificates: [{ name: "a", issuer: root.name, routes: ["report"] }], authorities: [root.base64] };
		const config = { rules, withoutCertificate: [] };
		const errors: unknown[] = [];
		const context = { warn: () => {}, error: (text: unknown) => errors.push(text) } as unknown as InvocationContext;
		const admitted: HttpHandler = async () => ({ status: 200 });
		const handlers = [
			createRouteGuard(config, () => now)("report", admitted),
			createCertInfo(config, () => now),
		] as const;
		const statuses = new Map<string, number>();
		for (let index = 0; index < fuzzRuns; index++) {
			const header = makeHeader(random, [leaf.der]);
			// A server refuses some of these before the app sees them.
			const headers = { get: (name: string) => (name === "x-arr-clientcert" ? header : null) };
			for (const [which, handler] of handlers.entries()) {
				const request = { method: "GET", headers } as unknown as HttpRequest;
				const { status, jsonBody } = (await handler(request, context)) as HttpResponseInit;
				assert.doesNotThrow(() => JSON.stringify(jsonBody));
				const seen = `${["door", "cert-info"][which]} ${status}`;
				statuses.set(seen, (statuses.get(seen) ?? 0) + 1);
			}
		}
		test.diagnostic(JSON.stringify([...statuses]));
		assert.deepEqual(errors, []);
		assert.deepEqual(
			[...statuses.keys()].toSorted(),
			["cert-info 200", "cert-info 400", "door 200", "door 401", "door 403"].filter(
				(seen) => seen !== "door 403" || statuses.has(seen),
			),
		);
	});
});
