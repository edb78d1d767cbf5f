import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, it } from "node:test";
import { showProgress } from "../../src/cli/progress.ts";

/** What a stream is given, a terminal's or another's. */
function watch(isTTY: boolean): { stream: NodeJS.WriteStream; shown(): string } {
	const through = new PassThrough();
	const terminal = {
		isTTY,
		columns: 120,
		rows: 40,
		cursorTo() {},
		moveCursor() {},
		clearLine() {},
		clearScreenDown() {},
	};
	return {
		stream: Object.assign(through, terminal) as unknown as NodeJS.WriteStream,
		shown: () => String(through.read() ?? ""),
	};
}

describe("the progress bar", () => {
	it("fills on a terminal, and says how many of how many", () => {
		const { stream, shown } = watch(true);
		const progress = showProgress("Production\u001b[2J", stream);
		assert.match(shown(), /Production\\u\{1b\}\[2J .*0\/\? sites/);
		progress.update(200, 200);
		progress.stop();
		assert.match(shown(), /\[=+\] 200\/200 sites/);
	});

	it("is empty until it is known of how many", () => {
		const { stream, shown } = watch(true);
		const progress = showProgress("Production", stream);
		progress.update(100, null);
		progress.stop();
		assert.match(shown(), /\[-+\] 100\/\? sites/);
	});

	it("is full, and counts on, when there are more than expected", () => {
		const { stream, shown } = watch(true);
		const progress = showProgress("Production", stream);
		progress.update(300, 200);
		progress.stop();
		assert.match(shown(), /\[=+\] 300\/200 sites/);
	});

	it("is not there where the stream is no terminal", () => {
		const { stream, shown } = watch(false);
		const progress = showProgress("Production", stream);
		progress.update(100, 200);
		progress.stop();
		assert.equal(shown(), "");
	});
});
