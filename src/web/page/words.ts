import { html } from "hono/html";
import { printable } from "../../core/model/text.ts";
import type { Markup } from "./document.ts";

const numbers = new Intl.NumberFormat("en-GB");
const times = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });
const days = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone: "UTC" });
const ages = new Intl.RelativeTimeFormat("en-GB", { numeric: "always" });

export function showNumber(count: number): string {
	return numbers.format(count);
}

export function count(many: number, one: string, several = `${one}s`): string {
	return `${showNumber(many)} ${many === 1 ? one : several}`;
}

export function showTime(time: Date | string): Markup {
	const date = new Date(time);
	return html`<time datetime="${date.toISOString()}">${times.format(date)} UTC</time>`;
}

export function showDay(time: Date | string): Markup {
	const date = new Date(time);
	return html`<time datetime="${date.toISOString()}">${days.format(date)}</time>`;
}

/** `3 hours ago`. */
export function showAge(time: Date, now: Date): string {
	const seconds = Math.max(0, Math.round((now.getTime() - time.getTime()) / 1000));
	if (seconds < 60) return "less than a minute ago";
	const minutes = Math.round(seconds / 60);
	if (minutes < 60) return ages.format(-minutes, "minute");
	const hours = Math.round(minutes / 60);
	return hours < 48 ? ages.format(-hours, "hour") : ages.format(-Math.round(hours / 24), "day");
}

/** A text of somebody else's, on one line, with what is invisible as its code. */
export function showText(text: string): string {
	return printable(text);
}
