/** What a release is made from. */
export interface Release {
	/** For example `v0.1.0`. */
	readonly tag: string;
	/** Where the workflow runs: `https://github.com/OWNER/NAME`. */
	readonly home: string;
	readonly packageJson: { readonly version: string; readonly repository?: string | { readonly url?: string } };
	readonly changelog: string;
}

/** Why this cannot be released; empty if it can. */
export function findObstacles({ tag, home, packageJson, changelog }: Release): readonly string[] {
	const { version, repository } = packageJson;
	const url = typeof repository === "object" ? repository.url : repository;
	const obstacles: string[] = [];
	if (url === undefined) {
		obstacles.push(
			`package.json names no repository, without which npm takes no provenance: set "repository" to { "type": "git", "url": "git+${home}.git" }`,
		);
	} else if (bare(url) !== bare(home)) {
		obstacles.push(`package.json names the repository ${url}, and this is ${home}: npm would refuse the provenance`);
	}
	if (tag !== `v${version}`) obstacles.push(`the tag is ${tag}, and package.json has the version ${version}`);
	if (version.includes("-")) {
		obstacles.push(`${version} is a version before its release: npm would give it to everybody as the latest`);
	}
	if (!changelog.includes(`\n## [${version}]`)) obstacles.push(`CHANGELOG.md has no section [${version}]`);
	return obstacles;
}

/** npm writes the same address in several ways. */
function bare(url: string): string {
	return url
		.replace(/^git\+/, "")
		.replace(/\.git$/, "")
		.toLowerCase();
}
