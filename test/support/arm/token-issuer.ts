import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

const armAudiences = ["https://management.azure.com", "https://management.core.windows.net"];

/**
 * The token endpoint that App Service offers to a managed identity.
 * Source: https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
 */
export class TokenIssuer {
	readonly header = randomUUID();
	readonly #token = createToken();

	answer(request: IncomingMessage, response: ServerResponse): void {
		const { searchParams } = new URL(request.url ?? "/", "http://localhost");
		const receiver = searchParams.get("resource")?.replace(/\/$/, "") ?? "";
		const refusal = this.#refusal(request, searchParams.get("api-version"), receiver);
		response.writeHead(refusal === undefined ? 200 : 400, { "content-type": "application/json" });
		const token = {
			access_token: this.#token,
			expires_on: String(Math.floor(Date.now() / 1000) + 86_400),
			resource: receiver,
			token_type: "Bearer",
			client_id: searchParams.get("client_id") ?? "00000000-0000-0000-0000-00000000c11e",
		};
		response.end(JSON.stringify(refusal === undefined ? token : { statusCode: 400, message: refusal }));
	}

	accepts(authorization: string | undefined): boolean {
		return authorization === `Bearer ${this.#token}`;
	}

	#refusal(request: IncomingMessage, apiVersion: string | null, receiver: string): string | undefined {
		if (request.headers["x-identity-header"] !== this.header) return "The X-IDENTITY-HEADER is wrong.";
		if (apiVersion !== "2019-08-01") return `The api-version ${apiVersion} is not supported.`;
		return armAudiences.includes(receiver) ? undefined : `There is no token for the resource ${receiver}.`;
	}
}

/** A JSON Web Token, since clients look into it; nobody here verifies its signature. */
function createToken(): string {
	const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
	const claims = {
		aud: armAudiences[0],
		tid: "00000000-0000-0000-0000-0000000000aa",
		oid: "00000000-0000-0000-0000-0000000000bb",
		appid: "00000000-0000-0000-0000-00000000c11e",
		jti: randomUUID(),
		exp: Math.floor(Date.now() / 1000) + 86_400,
	};
	return `${encode({ typ: "JWT", alg: "RS256" })}.${encode(claims)}.${encode({})}`;
}
