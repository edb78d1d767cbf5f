import hostJson from "../../host.json" with { type: "json" };

/** How often Azure Functions tries a message before it moves it to the poison queue. */
export const maxTries = hostJson.extensions.queues.maxDequeueCount;

const functionMinutes = minutesOf(hostJson.functionTimeout);

/** How long one scan may ask Azure Resource Manager, or one telling may post: the rest of the function's time is for what comes after. */
export const workMinutes = 0.8 * functionMinutes;

/** How long after it was asked for a scan is tried at most, once the queue is worked off: each try in full, and the wait after it. */
export const scanLifeMinutes = maxTries * (functionMinutes + minutesOf(hostJson.extensions.queues.visibilityTimeout));

/** Of `hh:mm:ss`; half an hour where there is another form, such as -1 for no limit. */
function minutesOf(functionTimeout: string): number {
	const [, hours, minutes] = /^(\d+):(\d+):\d+$/.exec(functionTimeout) ?? [];
	return hours === undefined ? 30 : 60 * Number(hours) + Number(minutes);
}
