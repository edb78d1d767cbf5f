import type { MergedChanges } from "../model/change.ts";
import type { StoredSite } from "../model/finding.ts";
import { type Command, writeCommands } from "./az-commands.ts";
import { afterChanges, copySettings, revertChanges } from "./effects.ts";
import { feasibleOperations } from "./feasible-operations.ts";
import { warnOfChanges } from "./warnings.ts";

/** What is to be done at a site. */
export interface Steps {
	/** In the order in which to run them. */
	readonly commands: readonly Command[];
	/** What no command does, each with what to do instead, and what to know before a command is run. */
	readonly warnings: readonly string[];
}

export interface Plan {
	/** Closes the drift. */
	readonly remediation: Steps;
	/** Takes exactly that back. */
	readonly rollback: Steps;
}

/**
 * From the changes of a site to the commands that make them, and those that take them back. Where they are a part of what is asked
 * for at once, they are warned of as if the rest was done.
 */
export function planCommands(site: StoredSite, merged: MergedChanges, whole = merged): Plan {
	const { changes, blockers } = feasibleOperations(site, merged);
	const after = afterChanges(site, feasibleOperations(site, whole).changes);
	const before = copySettings(after, site, changes);
	const back = feasibleOperations(site, revertChanges(site, changes));
	const lost = [...back.changes.manualSteps, ...back.blockers];
	return {
		remediation: {
			commands: writeCommands(site, changes),
			// What cannot be taken back is to be known before.
			warnings: [...changes.manualSteps, ...blockers, ...warnOfChanges(before, after, changes), ...lost],
		},
		rollback: {
			commands: writeCommands(site, back.changes),
			warnings: [...lost, ...warnOfChanges(after, before, back.changes)],
		},
	};
}
