import { isRestError } from "@azure/core-rest-pipeline";
import { QueueClient } from "@azure/storage-queue";
import { createCredential } from "../azure-sdk/credential.ts";
import type { AzureConfig } from "../config/azure.ts";
import type { StorageConfig } from "../config/storage.ts";

/** A queue of the storage account; nothing is sent yet. Throws when the connection string cannot be used. */
export function connectQueue(storage: StorageConfig, azure: AzureConfig, name: string): QueueClient {
	if (!("connectionString" in storage)) {
		const credential = createCredential(azure, storage.clientId ?? azure.clientId);
		return new QueueClient(`${storage.endpoint.replace(/\/+$/, "")}/${name}`, credential);
	}
	try {
		return new QueueClient(storage.connectionString, name);
	} catch {
		// The SDK's error can hold the key.
		throw new Error("AzureWebJobsStorage is not a connection string that can be used");
	}
}

/** Sends in base64, as host.json says (`messageEncoding`) and the SDK does not by itself. Makes the queue where it is not there. A message is hidden for `delaySeconds` first. */
export async function sendMessage(queue: QueueClient, text: string, delaySeconds = 0): Promise<void> {
	const encoded = Buffer.from(text).toString("base64");
	const options = delaySeconds > 0 ? { visibilityTimeout: delaySeconds } : {};
	try {
		await queue.sendMessage(encoded, options);
	} catch (error) {
		if (!(isRestError(error) && error.statusCode === 404)) throw error;
		await queue.createIfNotExists();
		await queue.sendMessage(encoded, options);
	}
}
