import type { HttpHandler, HttpRequest, HttpResponseInit, InvocationContext } from "@azure/functions";
import type { Subscription } from "../core/model/scan.ts";
import type { Page } from "../web/page/document.ts";
import { BadRequestError } from "../web/parameters.ts";
import { logTo } from "./log.ts";

/** Answers are for one caller at one time, and are what they say they are. */
const usualHeaders = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

export function answerJson(status: number, content: unknown): HttpResponseInit {
	return { status, headers: usualHeaders, jsonBody: content };
}

export function answerText(body: string, headers: Readonly<Record<string, string>>): HttpResponseInit {
	return { status: 200, headers: { ...usualHeaders, ...headers }, body };
}

export function answerPage(status: number, { body, headers }: Page) {
	return { status, headers: { ...usualHeaders, ...headers }, body };
}

/** How somebody is told that there is no answer. */
export type ErrorAnswer = (status: number, code: string, message: string) => HttpResponseInit;

/** An error as programs get it. */
export const answerError: ErrorAnswer = (status, code, message) => answerJson(status, { error: { code, message } });

/** Answers what the caller did wrong with 400, and what is out of reach with 503, which is logged, as are faults of our own. */
export function withErrors(
	handler: HttpHandler,
	answer: ErrorAnswer = answerError,
): (request: HttpRequest, context: InvocationContext) => Promise<HttpResponseInit> {
	return async (request, context) => {
		try {
			return (await handler(request, context)) as HttpResponseInit;
		} catch (error) {
			const { message, stack = message } = error as Error;
			if (error instanceof BadRequestError) return answer(400, "bad-request", message);
			const isFault = isOurs(error);
			logTo(context).logError("request-failed", isFault ? stack : message, { function: context.functionName });
			return isFault
				? answer(500, "internal-error", "This is a fault of mtls-drift; its log says where.")
				: answer(503, "unavailable", message);
		}
	};
}

/** A mistake in the code, or a part of the app that cannot be loaded: what it says is for the log. */
function isOurs(error: unknown): boolean {
	const { code } = error as NodeJS.ErrnoException;
	if (typeof code === "string" && code.startsWith("ERR_")) return true;
	return error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
}

/** Those of the subscriptions that the caller names; all where none is named. Throws a BadRequestError for one that is not among them. */
export function chooseNamed(ids: readonly string[], subscriptions: readonly Subscription[]): readonly Subscription[] {
	const unknown = ids.filter((id) => !subscriptions.some((one) => one.id.toLowerCase() === id));
	if (unknown.length > 0)
		throw new BadRequestError(`subscription ${unknown.join(", ")} is none of those that are scanned`);
	return ids.length === 0 ? subscriptions : subscriptions.filter(({ id }) => ids.includes(id.toLowerCase()));
}
