import { SingleBar } from "cli-progress";
import { printable } from "../core/model/text.ts";

/** A bar on a terminal that fills as sites are read, and is taken away at the end; nothing where the stream is no terminal. */
export function showProgress(
	name: string,
	stream: NodeJS.WriteStream,
): { update(read: number, expected: number | null): void; stop(): void } {
	const bar = new SingleBar({
		stream,
		format: "{name} [{bar}] {value}/{expected} sites",
		clearOnComplete: true,
		// What is changed of the terminal would stay so after Ctrl-C, which is not the bar's to catch.
		hideCursor: false,
		linewrap: true,
		gracefulExit: false,
	});
	const shown = printable(name);
	// Empty until it is known of how many.
	bar.start(Number.POSITIVE_INFINITY, 0, { name: shown, expected: "?" });
	return {
		update(read, expected) {
			// ARM can list more than was expected.
			bar.setTotal(expected === null ? Number.POSITIVE_INFINITY : Math.max(expected, read));
			bar.update(read, { name: shown, expected: expected ?? "?" });
		},
		stop: () => bar.stop(),
	};
}
