/** What `npm audit --json` says, as far as it matters here: https://docs.npmjs.com/cli/commands/npm-audit */
export interface AuditReport {
	readonly vulnerabilities: Readonly<Record<string, Vulnerability>>;
}

interface Vulnerability {
	readonly name: string;
	/** Advisories; of who only depends on what has one, the name of that. */
	readonly via: readonly (string | { readonly title: string; readonly url: string; readonly severity: string })[];
	/** The folders where it is installed. */
	readonly nodes: readonly string[];
}

/** Something published that is wrong with a package. */
export interface Advisory {
	/** For example `GHSA-xxxx-xxxx-xxxx`. */
	readonly id: string;
	readonly package: string;
	readonly severity: string;
	readonly title: string;
	/** Whether something of the package is in a bundle; else it is there only to develop with. */
	readonly isBundled: boolean;
}

/** The advisories of a report. What merely depends on a package that has one is left out: that one is bundled, or not, by itself. */
export function readAdvisories({ vulnerabilities }: AuditReport, bundled: readonly string[]): readonly Advisory[] {
	return Object.values(vulnerabilities).flatMap(({ name, via, nodes }) =>
		via.flatMap((cause) => {
			if (typeof cause === "string") return [];
			const { title, url, severity } = cause;
			const isBundled = nodes.some((folder) => bundled.includes(folder));
			return [{ id: url.split("/").at(-1) ?? url, package: name, severity, title, isBundled }];
		}),
	);
}

/** The advisories of bundled packages that `text`, which says why some do no harm, does not name. */
export function unexplained(advisories: readonly Advisory[], text: string): readonly Advisory[] {
	return advisories.filter(({ id, isBundled }) => isBundled && !text.includes(id));
}
