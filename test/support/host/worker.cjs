// Plays the language worker of Azure Functions: gives the built app the module @azure/functions-core, as the real worker
// does (through require alone), and lets the app's own @azure/functions carry out each invocation.
// Source: https://github.com/Azure/azure-functions-nodejs-worker and https://github.com/Azure/azure-functions-nodejs-library
const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const { pathToFileURL } = require("node:url");

const functions = new Map();
const hooks = [];
/** Of the host's own trace, in which each invocation stands. */
const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
let model;

const core = {
	version: "4.0.0-stand-in",
	hostVersion: "4.0.0",
	setProgrammingModel(programmingModel) {
		model = programmingModel;
	},
	getProgrammingModel: () => model,
	registerHook(name, callback) {
		hooks.push({ name, callback });
		return new core.Disposable();
	},
	registerFunction(metadata, callback) {
		functions.set(metadata.name, { metadata: { ...metadata, functionId: metadata.name }, callback });
		return new core.Disposable();
	},
	log: (level, category, message) => process.send({ log: { level, category, message } }),
	Disposable: class {
		dispose() {}
	},
};

const { require: originalRequire } = Module.prototype;
Module.prototype.require = function (id) {
	return id === "@azure/functions-core" ? core : Reflect.apply(originalRequire, this, [id]);
};

/** The worker reports the functions that were registered; what the app threw while loading, it only logs. */
async function load(appDirectory) {
	const { main } = JSON.parse(fs.readFileSync(path.join(appDirectory, "package.json"), "utf8"));
	await import(pathToFileURL(path.join(appDirectory, main)).href);
	return [...functions.values()].map(({ metadata: { name, bindings } }) => ({
		name,
		bindings: Object.values(bindings),
	}));
}

/** `data` and each member of `metadata` are the typed data of the host's protocol, for example `{ json: "1" }`. */
async function invoke({ name, data, metadata: triggerMetadata }) {
	const registered = functions.get(name);
	if (registered === undefined) throw new Error(`there is no function "${name}"`);
	const { metadata, callback } = registered;
	const [triggerName] = Object.entries(metadata.bindings).find(([, { type }]) => /trigger$/i.test(type));
	const invocation = await model.getInvocationModel({
		invocationId: `${name}-1`,
		metadata,
		request: {
			inputData: [{ name: triggerName, data }],
			triggerMetadata,
			traceContext: { traceParent: `00-${traceId}-0123456789abcdef-01` },
		},
		log(level, category, message) {
			if (category === "user") runHooks("log", { level, category, message, invocationContext: undefined });
			core.log(level, category, message);
		},
	});
	const { context, inputs } = await invocation.getArguments();
	const hookContext = { hookData: {}, appHookData: {}, functionCallback: callback, inputs, invocationContext: context };
	for (const hook of hooksOf("preInvocation")) await hook(hookContext);
	const result = await invocation.invokeFunction(context, hookContext.inputs, hookContext.functionCallback);
	const { outputData, returnValue } = await invocation.getResponse(context, result);
	const http = [returnValue, ...(outputData ?? []).map(({ data: output }) => output)].find(
		(output) => output?.http,
	)?.http;
	return (
		http && {
			status: Number(http.statusCode),
			headers: http.headers,
			body: Buffer.from(http.body?.bytes ?? http.body?.string ?? "").toString(),
		}
	);
}

function hooksOf(name) {
	return hooks.filter((hook) => hook.name === name).map(({ callback }) => callback);
}

function runHooks(name, hookContext) {
	for (const hook of hooksOf(name)) hook(hookContext);
}

/** As before the worker ends: what is to be sent then is sent. */
async function terminate() {
	for (const hook of hooksOf("appTerminate")) await hook({ hookData: {}, appHookData: {} });
}

/** In bytes; the most that it ever was is told in KiB. */
function memory() {
	return { rss: process.memoryUsage.rss(), maxRss: process.resourceUsage().maxRSS * 1024 };
}

process.on("message", async ({ id, method, parameter }) => {
	try {
		process.send({ id, result: (await { load, invoke, memory, terminate }[method](parameter)) ?? null });
	} catch (error) {
		process.send({ id, error: String(error?.message ?? error) });
	}
});
