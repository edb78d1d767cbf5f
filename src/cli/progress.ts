import { SingleBar } from "cli-progress";
import { printable } from "../core/printable.ts";

/** A bar on a terminal that fills as sites are read, and is taken away at the end; nothing where the stream is no terminal. */
export function showProgress(
	name: string,
	stream: NodeJS.WriteStream,
): { update(read: number, expected: number | null): void; stop(): void } {
	const bar = new SingleBar({
		stream,
		format: "{name} [{bar}] {value}/{expected} sites",
		clearOnComplete: true,
		hideCursor: true,
		gracefulExit: true,
	});
	const shown = printable(name);
	bar.start(1, 0, { name: shown, expected: "?" });
	return {
		update(read, expected) {
			// Of a list that the census falls short of, the bar is full and the count goes on.
			bar.setTotal(Math.max(expected ?? 0, read + (expected === null ? 1 : 0)));
			bar.update(read, { name: shown, expected: expected ?? "?" });
		},
		stop: () => bar.stop(),
	};
}
