/** Where to connect to instead of a host and port, as curl's `--connect-to` has it. Null: any. */
export interface ConnectTo {
	readonly fromHost: string | null;
	readonly fromPort: number | null;
	readonly toHost: string | null;
	readonly toPort: number | null;
}

const part = String.raw`(\[[^\]]*\]|[^:[\]]*)`;
const shape = new RegExp(`^${part}:(\\d*):${part}:(\\d*)$`);

/** Reads `HOST1:PORT1:HOST2:PORT2`, where each may be empty; undefined where it is none. */
export function parseConnectTo(text: string): ConnectTo | undefined {
	const [, fromHost, fromPort, toHost, toPort] = shape.exec(text) ?? [];
	if (fromHost === undefined) return undefined;
	const [from, to] = [readPort(fromPort), readPort(toPort)];
	if (from === undefined || to === undefined) return undefined;
	return { fromHost: readHost(fromHost), fromPort: from, toHost: readHost(toHost), toPort: to };
}

function readHost(text = ""): string | null {
	return text.replace(/^\[|\]$/g, "").toLowerCase() || null;
}

function readPort(text = ""): number | null | undefined {
	if (text === "") return null;
	const port = Number(text);
	return port >= 1 && port <= 65_535 ? port : undefined;
}

/** Where to connect to for a host and port: the first detour that fits, or there itself. */
export function resolveConnectTo(
	mappings: readonly ConnectTo[],
	host: string,
	port: number,
): { readonly host: string; readonly port: number } {
	const mapping = mappings.find(({ fromHost, fromPort }) => (fromHost ?? host) === host && (fromPort ?? port) === port);
	return { host: mapping?.toHost ?? host, port: mapping?.toPort ?? port };
}
