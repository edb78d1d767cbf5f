import { styleText } from "node:util";
import type { Severity } from "../core/rule.ts";

type Style = "bold" | "dim" | Severity;

/** Colours a word for the terminal, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

/** Colours for a terminal that wants them (https://no-color.org). */
export const paintTerminal: Paint = (style, text) => styleText(formats[style], text, { stream: process.stdout });

const formats: Record<Style, Parameters<typeof styleText>[0]> = {
	bold: "bold",
	dim: "dim",
	critical: ["bold", "red"],
	high: "red",
	medium: "yellow",
	low: "blue",
};
