// What the page does beyond showing: it carries the function key from the address on, copies, opens, starts a scan, and fetches the chart.
// @ts-check

// Azure Functions reads the name without case.
const key = [...new URLSearchParams(location.search)].find(([name]) => name.toLowerCase() === "code")?.[1] ?? null;

/** The function key must not stand in what the server sends; whoever has it in the address needs it on each link. @param {string} address */
function withKey(address) {
	const url = new URL(address, location.href);
	if (key !== null) url.searchParams.set("code", key);
	return url.href;
}

/** @param {ParentNode} root */
function prepare(root) {
	for (const link of root.querySelectorAll("a[data-own]")) {
		if (link instanceof HTMLAnchorElement) link.href = withKey(link.href);
	}
	for (const form of root.querySelectorAll("form[data-own]")) {
		if (key === null) continue;
		const input = document.createElement("input");
		Object.assign(input, { type: "hidden", name: "code", value: key });
		form.append(input);
	}
	for (const button of root.querySelectorAll("button[hidden]")) button.removeAttribute("hidden");
}

/** @param {Element} button */
async function copy(button) {
	const code = button.parentElement?.querySelector("code");
	if (!code) return;
	try {
		await navigator.clipboard.writeText(code.textContent ?? "");
		say(button, "Copied");
	} catch {
		// Where the browser does not let a page write there, it is selected, for whoever copies by hand.
		getSelection()?.selectAllChildren(code);
		say(button, "Selected");
	}
}

/** For those who see the button, and for those who do not. @param {Element} button @param {string} what */
function say(button, what) {
	const announced = document.querySelector("[data-announced]");
	if (announced) announced.textContent = what;
	const label = button.firstChild;
	if (!label) return;
	label.textContent = what;
	setTimeout(() => {
		label.textContent = "Copy";
		if (announced) announced.textContent = "";
	}, 2000);
}

/** @param {boolean} open */
function openAll(open) {
	for (const details of document.querySelectorAll(".more > td > details")) details.toggleAttribute("open", open);
}

/** @param {HTMLFormElement} form */
async function startScan(form) {
	const said = form.querySelector("[data-said]");
	if (said === null) return;
	said.textContent = "Starting …";
	try {
		const response = await fetch(withKey(form.action), { method: "POST" });
		const text = await response.text();
		const isJson = response.headers.get("content-type")?.startsWith("application/json") ?? false;
		if (!isJson) {
			const advice =
				response.status === 401 ? "open the page again with a function key that is valid" : "try again later";
			said.textContent = `The scan was not started: the answer was ${response.status}; ${advice}.`;
			return;
		}
		const { started = [], running = [], error } = JSON.parse(text);
		const parts = [
			...(started.length > 0 ? [`Started: ${started.length}. Look again in a minute.`] : []),
			...(running.length > 0 ? [`Under way already: ${running.length}.`] : []),
			...(error ? [error.message] : []),
		];
		said.textContent = parts.join(" ");
	} catch {
		said.textContent = "The scan could not be started: the function app did not answer.";
	}
}

async function showHistory() {
	const place = document.querySelector("[data-history]");
	const link = place?.querySelector("a[data-own]");
	if (!place || !(link instanceof HTMLAnchorElement)) return;
	try {
		const response = await fetch(link.href);
		if (!response.ok) return;
		const page = new DOMParser().parseFromString(await response.text(), "text/html");
		const chart = page.querySelector("[data-history]");
		if (chart) place.replaceChildren(...chart.childNodes);
	} catch {
		// The link is still there.
	}
}

prepare(document);
void showHistory();
document.addEventListener("click", ({ target }) => {
	const button = target instanceof Element ? target.closest("button[data-do]") : null;
	const what = button?.getAttribute("data-do");
	if (button && what === "copy") void copy(button);
	if (what === "expand" || what === "collapse") openAll(what === "expand");
});
document.addEventListener("submit", (event) => {
	if (!(event.target instanceof HTMLFormElement) || !event.target.matches("[data-scan]")) return;
	event.preventDefault();
	void startScan(event.target);
});
/** What was opened to be printed. @type {Element[]} */
let opened = [];
addEventListener("beforeprint", () => {
	opened = [...document.querySelectorAll(".more > td > details:not([open])")];
	openAll(true);
});
addEventListener("afterprint", () => {
	for (const details of opened) details.removeAttribute("open");
});
