import { QueueClient } from "@azure/storage-queue";

/** Takes what is visible off a queue; one that is not there has nothing. */
export async function receiveAll(connectionString: string, queueName: string): Promise<string[]> {
	const queue = new QueueClient(connectionString, queueName);
	const texts: string[] = [];
	for (;;) {
		const { receivedMessageItems: items } = await queue
			.receiveMessages({ numberOfMessages: 32 })
			.catch(() => ({ receivedMessageItems: [] }));
		if (items.length === 0) return texts;
		for (const { messageId, popReceipt, messageText } of items) {
			texts.push(Buffer.from(messageText, "base64").toString());
			await queue.deleteMessage(messageId, popReceipt);
		}
	}
}
