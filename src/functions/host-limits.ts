import hostJson from "../../host.json" with { type: "json" };

/** How often Azure Functions tries a message before it moves it to the poison queue. */
export const maxTries = hostJson.extensions.queues.maxDequeueCount;

const [hours, minutes] = hostJson.functionTimeout.split(":").map(Number) as [number, number];

/** How long one scan may ask for single sites: the rest of the function's time is for what comes after. */
export const scanMinutes = 0.8 * (60 * hours + minutes);
