import type { ScanFacts, ScanState } from "../core/evaluation/scan-result.ts";
import type { FindingReason, Notified, ProblemReason } from "../core/lifecycle/notification-diff.ts";
import type { FindingState, ProblemState } from "../core/lifecycle/state.ts";
import type { StoredFinding, StoredRecords } from "../core/model/finding.ts";
import type { Problem } from "../core/model/problem.ts";
import type { Counts, RunningScan, ScanPoint, Subscription } from "../core/model/scan.ts";
import type { WebhookKind } from "../core/model/webhook.ts";
import type { Subject } from "../core/report/report.ts";
import type { PolicySet } from "../policies/policy-set.ts";

/** Where the memory of a subject is kept: under the subscription's ID, or `setup` for what is beyond all. */
export function partitionOf({ subscription }: Pick<Subject, "subscription">): string {
	return subscription === null ? "setup" : subscription.id.toLowerCase();
}

/** A scan that has come to its end. */
export interface EndedScan {
	readonly id: string;
	/** The subscription's. */
	readonly name: string;
	/** Null where it tells nothing: then what the one before it counted stays. */
	readonly facts: ScanFacts | null;
}

/** A look at whether a subscription is being scanned. */
export interface ScanLease {
	readonly running: RunningScan | null;
	/** What the last one counted. */
	readonly lastScan: ScanFacts | null;
	/** Writes down that one is. False: somebody else has written meanwhile. */
	acquire(scan: RunningScan): Promise<boolean>;
}

/** What is remembered of one subscription (or beyond all), as it was when it was read. */
export interface PartitionState {
	readonly records: StoredRecords;
	readonly state: ScanState;
	/** Those that were ever listed; kept with what is beyond all of them. */
	readonly subscriptions: readonly Subscription[];
}

/** Which part of a subscription's findings is to be read. */
export interface Listing {
	/** The key of the last one that was read before. */
	readonly after: string | undefined;
	readonly withEnded: boolean;
	/** How many rows to ask for at a time, at most 1,000. */
	readonly rowsAtOnce: number;
}

/** A finding, and the key by which the list goes on behind it. */
export interface KeyedFinding {
	readonly key: string;
	readonly finding: StoredFinding;
}

/** The same of what is open, to be written after a scan. Whatever it throws is an error in one line. */
export interface FindingStore {
	readonly open: StoredRecords;
	readonly state: ScanState;
	readonly subscriptions: readonly Subscription[];
	/** Writes what changed and nothing else. Throws when another scan has changed the same rows meanwhile. */
	save(
		changes: StoredRecords,
		more?: { readonly newSubscriptions?: readonly Subscription[]; readonly ended?: EndedScan },
	): Promise<void>;
	/** Deletes what ended more than 90 days ago. */
	forget(): Promise<void>;
}

/** What a message tells of: how each finding and problem stands in it, and why it is told. */
export interface States {
	readonly findings: readonly (FindingState & { readonly reason: FindingReason })[];
	readonly problems: readonly (ProblemState & { readonly reason: ProblemReason })[];
}

/** One part of a message, written down before it is posted: posted again, it is the same to the byte. */
export interface PendingPart {
	/** In the order in which parts are to be posted. */
	readonly key: string;
	readonly kind: WebhookKind;
	readonly composedAt: Date;
	/** For the header `webhook-id`. */
	readonly id: string;
	readonly body: string;
	readonly states: States;
	/** Whether it was posted at some time without an answer, or without a record of it: then it may have been taken. */
	readonly isDeliveryUncertain: boolean;
	/** How often it was refused for what it holds. */
	readonly rejections: number;
}

/** A webhook that cannot be told. */
export interface Failing {
	/** In one line without secrets. */
	readonly reason: string;
	readonly since: Date;
	/** It asked not to be posted to before. */
	readonly notBefore: Date | null;
	/** The newest that it was to be told of meanwhile. */
	readonly subject: Subject | null;
}

/** What one webhook was told of one subscription (or of what is beyond all), and what waits for it. Whatever it throws is an error in one line. */
export interface WebhookStore {
	readonly notified: Notified;
	readonly failing: Failing | null;
	/** As it was when it was read. */
	readonly pending: readonly PendingPart[];
	/** Writes down the parts of a new message, the first as about to be posted. Throws when another invocation has done so meanwhile. */
	put(parts: readonly PendingPart[]): Promise<void>;
	/** Records that a part is about to be posted. */
	begin(part: PendingPart): Promise<void>;
	/** Records a part as told, and the next one as about to be posted. */
	confirm(part: PendingPart, notifiedAt: Date, next?: PendingPart): Promise<void>;
	/** Records a part as not taken, and the next one as about to be posted. */
	reject(part: PendingPart, next?: PendingPart): Promise<void>;
	/** Forgets parts that will not be posted again. */
	drop(parts: readonly PendingPart[]): Promise<void>;
	/** Records that the webhook cannot be told; since when stays as it is while it fails. */
	fail(failing: Pick<Failing, "reason"> & Partial<Failing>, at: Date): Promise<void>;
	/** Records that the webhook has been told everything. */
	recover(): Promise<void>;
	/** Forgets what ended more than 90 days ago. */
	forget(): Promise<void>;
}

/** The storage account's tables and its queues, as far as the function app needs them; what is not there is made. */
export interface StoragePorts {
	readPolicies(): Promise<PolicySet>;
	openFindingStore(partition: string, now: Date): Promise<FindingStore>;
	readPartition(partition: string, withEnded: boolean): Promise<PartitionState>;
	openLease(subscription: Subscription): Promise<ScanLease>;
	listStoredFindings(partition: string, listing: Listing): AsyncIterable<KeyedFinding>;
	readScanPoints(subscriptionId: string, since: Date): Promise<readonly ScanPoint[]>;
	readStored(partition: string, believed: readonly (FindingState | ProblemState)[]): Promise<StoredRecords>;
	openWebhookStore(webhook: string, partition: string, now: Date): Promise<WebhookStore>;
	readFailing(webhook: string, partition: string): Promise<Failing | null>;
	readLastCompleteScan(subscriptionId: string, since: Date): Promise<Date | null>;
	readScanRecord(key: ScanKey): Promise<ScanRecord | undefined>;
	writeScanRecord(record: ScanRecord): Promise<void>;
	deleteOldScanRecords(subscriptionId: string, now: Date): Promise<void>;
	sendScanMessage(message: string): Promise<void>;
	sendNotifyMessage(message: string, delaySeconds?: number): Promise<void>;
}

/** What makes a scan the same one from try to try. */
export interface ScanKey {
	readonly subscriptionId: string;
	readonly scanId: string;
	/** When the timer asked for it. */
	readonly requestedAt: Date;
}

/** What is kept of one scan of one subscription: one row of the table `DriftScan`. */
export interface ScanRecord extends ScanKey {
	readonly startedAt: Date;
	readonly finishedAt: Date;
	readonly complete: boolean;
	readonly counts: Counts;
	/** Requests sent to Azure Resource Manager. */
	readonly requests: number;
	/** The first of them, where they are many. */
	readonly problems: readonly Problem[];
	/** Of all, those included that are not kept. */
	readonly problemCount: number;
	/** How many times the scan was begun. */
	readonly tries: number;
	/** Why the last try did not come to its end; null when it did. */
	readonly failure: string | null;
}
