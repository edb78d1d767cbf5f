import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Node } from "web-tree-sitter";
import { loadGrammar } from "./grammar.ts";

/** A value of Bicep. What only Azure knows is a text in guillemets that says where it comes from: `«site.properties.defaultHostName»`. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value };
type Obj = { readonly [name: string]: Value };

/** What Azure Resource Manager would be sent for one resource. */
export interface Declared {
	/** Path of the file, from the folder of the templates. */
	readonly file: string;
	readonly symbol: string;
	readonly type: string;
	readonly apiVersion: string;
	/** `subscription`, `subscription ID`, `resourceGroup NAME` or `managementGroup`. */
	readonly scope: string;
	readonly body: Obj;
}

export interface Deployment {
	readonly resources: readonly Declared[];
	readonly outputs: Obj;
}

/** A parameter as it is declared. */
export interface Parameter {
	readonly name: string;
	readonly description: string | undefined;
	readonly isSecure: boolean;
	readonly allowed: readonly Value[] | undefined;
	readonly hasDefault: boolean;
}

/** One file, read by the grammar. */
export interface Template {
	readonly file: string;
	readonly targetScope: string;
	readonly parameters: readonly Parameter[];
	readonly outputs: readonly { readonly name: string; readonly description: string | undefined }[];
	/** Symbols of the resources and modules. */
	readonly symbols: readonly string[];
	readonly modules: readonly string[];
}

/** Bicep's own words for where a deployment goes, and the subscription that all is deployed from. */
export const home = {
	subscription: "00000000-0000-0000-0000-00000000000a",
	cloud: "AzureCloud",
	suffix: "core.windows.net",
};

/**
 * Reads templates, and works out what they declare: parameters, conditions, loops and modules as Bicep does, by as much of it as
 * they use. Anything else throws: a parameter that a module does not have, one that is missing, a word that means nothing.
 */
export class Bicep {
	readonly #root: string;
	readonly #parse: (text: string) => Node;
	readonly #cloud: typeof home;

	private constructor(root: string, parse: (text: string) => Node, cloud: typeof home) {
		this.#root = root;
		this.#parse = parse;
		this.#cloud = cloud;
	}

	static async load(root: string, cloud = home): Promise<Bicep> {
		return new Bicep(root, await loadGrammar("bicep"), cloud);
	}

	read(file: string): Template {
		const statements = this.#statements(file);
		const described = statements.map((statement) => ({
			...statement,
			name: statement.node.namedChildren[0]?.text ?? "",
		}));
		const is = (kind: string) => described.filter(({ node }) => node.type === kind);
		return {
			file,
			targetScope: this.#targetScope(statements),
			parameters: is("parameter_declaration").map((statement) => this.#parameter(statement)),
			outputs: is("output_declaration").map(({ name, decorators }) => ({ name, description: describe(decorators) })),
			symbols: [...is("resource_declaration"), ...is("module_declaration")].map(({ name }) => name),
			modules: is("module_declaration").map(({ node }) => join(file, readText(node.namedChildren[1]))),
		};
	}

	/** What the template declares with these parameters. */
	deploy(file: string, given: Obj, scope?: string): Deployment {
		const statements = this.#statements(file);
		const target = this.#targetScope(statements);
		const at = scope ?? target;
		assert.equal(at.split(" ")[0], target, `${file} is deployed to ${at}`);
		const { names, lazy } = this.#bind(file, statements, given, at);
		const resources: Declared[] = [];
		for (const { node } of statements) {
			const name = node.namedChildren[0]?.text ?? "";
			if (node.type !== "resource_declaration" && node.type !== "module_declaration") continue;
			const [type = "", apiVersion = ""] = readText(node.namedChildren[1]).split("@");
			const bodies = this.#bodies(node.namedChildren[2] as Node, names, file);
			const isModule = node.type === "module_declaration";
			const outputs: Obj[] = [];
			for (const body of bodies) {
				if (!isModule) {
					resources.push({ file, symbol: name, type, apiVersion, scope: at, body });
					continue;
				}
				const { params = {}, scope: inner } = body as { params?: Obj; scope?: Obj };
				const part = this.deploy(join(file, type), params, inner === undefined ? at : scopeOf(inner));
				resources.push(...part.resources);
				outputs.push(part.outputs);
			}
			// Later statements see what came of this one.
			if (isModule) lazy.set(name, () => ({ outputs: outputs[0] ?? {} }));
		}
		const outputs = statements
			.filter(({ node }) => node.type === "output_declaration")
			.map(({ node }) => [node.namedChildren[0]?.text, this.#value(node.namedChildren[2] as Node, names, file)]);
		return { resources, outputs: Object.fromEntries(outputs) };
	}

	#statements(file: string): Statement[] {
		const root = this.#parse(readFileSync(path.join(this.#root, file), "utf8"));
		assert.equal(root.hasError, false, `${file} is no Bicep`);
		const statements: Statement[] = [];
		let decorators: Node[] = [];
		for (const node of children(root)) {
			if (node.type === "decorators") decorators = children(node);
			else {
				statements.push({ node, decorators });
				decorators = [];
			}
		}
		return statements;
	}

	#targetScope(statements: readonly Statement[]): string {
		const node = statements.find(({ node }) => node.type === "target_scope_assignment")?.node;
		return node === undefined ? "resourceGroup" : readText(children(node).find(({ type }) => type === "string"));
	}

	#parameter({ node, decorators }: Statement): Parameter {
		const [name, , initial] = children(node);
		const allowed = argumentOf(decorators, "allowed");
		return {
			name: name?.text ?? "",
			description: describe(decorators),
			isSecure: decorators.some((decorator) => decorator.text === "@secure()"),
			allowed: allowed === undefined ? undefined : (this.#value(allowed, nothing, "") as Value[]),
			hasDefault: initial !== undefined,
		};
	}

	/** The names of a file: parameters, variables, and what the resources and modules are. */
	#bind(file: string, statements: readonly Statement[], given: Obj, scope: string): { names: Names; lazy: Names } {
		const lazy: Names = new Map();
		const parameters = statements.filter(({ node }) => node.type === "parameter_declaration");
		const known = parameters.map((statement) => this.#parameter(statement));
		for (const name of Object.keys(given)) {
			assert.ok(
				known.some((parameter) => parameter.name === name),
				`${file} has no parameter ${name}`,
			);
		}
		for (const [index, { name, allowed, hasDefault }] of known.entries()) {
			const initial = children(parameters[index]?.node as Node)[2];
			assert.ok(name in given || hasDefault, `${file} needs the parameter ${name}`);
			const value = name in given ? (given[name] as Value) : this.#value(initial as Node, lazy, file);
			if (allowed !== undefined)
				assert.ok(allowed.includes(value), `${name} of ${file} does not take ${JSON.stringify(value)}`);
			lazy.set(name, () => value);
		}
		for (const { node } of statements) {
			const [symbol, second, body] = children(node);
			const name = symbol?.text ?? "";
			if (node.type === "variable_declaration") lazy.set(name, () => this.#value(second as Node, lazy, file));
			if (node.type === "resource_declaration") {
				const type = readText(second).split("@")[0] ?? "";
				lazy.set(name, () => this.#reference(name, type, this.#bodies(body as Node, lazy, file, true)[0] ?? {}));
			}
		}
		lazy.set("$scope", () => scope);
		return { names: lazy, lazy };
	}

	/** What other statements see of a resource: its name and ID, and that the rest is Azure's to say. */
	#reference(symbol: string, type: string, body: Obj): Value {
		const name = body.name ?? `«${symbol}.name»`;
		return { $symbol: symbol, id: `«${type} ${String(name)}»`, name };
	}

	/** One, none by a condition, or as many as a loop has items. */
	#bodies(node: Node, names: Names, file: string, unconditionally = false): Obj[] {
		if (node.type === "if_statement") {
			const [condition, body] = children(node) as [Node, Node];
			return unconditionally || this.#value(condition, names, file) ? [this.#value(body, names, file) as Obj] : [];
		}
		const value = this.#value(node, names, file);
		return (Array.isArray(value) ? value : [value]) as Obj[];
	}

	#value(node: Node, names: Names, file: string): Value {
		const value = (part: Node) => this.#value(part, names, file);
		const parts = children(node);
		switch (node.type) {
			case "string":
				return this.#text(node, names, file);
			case "number":
				return Number(node.text);
			case "boolean":
				return node.text === "true";
			case "null":
				return null;
			case "parenthesized_expression":
				return value(parts[0] as Node);
			case "array":
				return parts.map(value);
			case "object":
				return Object.fromEntries(
					parts.map((property) => {
						const [name, content] = children(property) as [Node, Node];
						return [name.type === "string" ? String(value(name)) : name.text, value(content)];
					}),
				);
			case "identifier": {
				const found = names.get(node.text);
				assert.ok(found, `${file}: nothing is called ${node.text}`);
				return found();
			}
			case "ternary_expression": {
				const [condition, yes, no] = parts as [Node, Node, Node];
				return value(value(condition) ? yes : no);
			}
			case "unary_expression":
				assert.equal(node.children[0]?.text, "!");
				return !value(parts[0] as Node);
			case "binary_expression":
				return this.#binary(node, value);
			case "for_statement": {
				const [item, list, body] = parts as [Node, Node, Node];
				return (value(list) as Value[]).map((each) =>
					this.#value(body, new Map([...names, [item.text, () => each]]), file),
				);
			}
			case "member_expression":
				// The grammar takes `a ? b : c.d` for `(a ? b : c).d`, which Bicep does not.
				assert.doesNotMatch(parts[0]?.type ?? "", /^(?:ternary|binary|unary)_/, `${file}: misread: ${node.text}`);
				return member(value(parts[0] as Node), parts[1]?.text ?? "", node.text, file);
			case "call_expression": {
				const [name, list] = parts as [Node, Node];
				return this.#call(name.text, children(list).map(value), names, file);
			}
			default:
				throw new Error(`${file}: ${node.type} is not read here: ${node.text}`);
		}
	}

	#binary(node: Node, value: (node: Node) => Value): Value {
		const [left, right] = children(node) as [Node, Node];
		const operator = node.children.find((child) => child !== null && !child.isNamed)?.text;
		if (operator === "==") return value(left) === value(right);
		if (operator === "!=") return value(left) !== value(right);
		if (operator === "&&") return Boolean(value(left) && value(right));
		if (operator === "||") return Boolean(value(left) || value(right));
		throw new Error(`The operator ${operator} is not read here`);
	}

	/** By what stands in the file: the grammar drops spaces at the ends of a text. */
	#text(node: Node, names: Names, file: string): string {
		let text = "";
		let at = 1;
		const upTo = (end: number) => {
			const plain = node.text.slice(at, end);
			assert.equal(plain.includes("\\"), false, `${file}: escapes are not read here: ${node.text}`);
			text += plain;
		};
		for (const part of children(node)) {
			if (part.type !== "interpolation") continue;
			upTo(part.startIndex - node.startIndex);
			text += String(this.#value(children(part)[0] as Node, names, file));
			at = part.endIndex - node.startIndex;
		}
		upTo(node.text.length - 1);
		return text;
	}

	#call(name: string, args: readonly Value[], names: Names, file: string): Value {
		const [first, second] = args;
		const functions: Record<string, () => Value> = {
			empty: () => first === "" || first === null || (typeof first === "object" && Object.keys(first).length === 0),
			union: () => Object.assign({}, ...args) as Value,
			items: () => Object.entries(first as Obj).map(([key, value]) => ({ key, value })),
			split: () => String(first).split(String(second)),
			join: () => (first as Value[]).join(String(second)),
			replace: () => String(first).replaceAll(String(second), String(args[2])),
			toLower: () => String(first).toLowerCase(),
			uniqueString: () => "u".repeat(13),
			guid: () => `guid(${args.join(", ")})`,
			tenant: () => ({ tenantId: "«tenant»" }),
			environment: () => ({ name: this.#cloud.cloud, suffixes: { storage: this.#cloud.suffix } }),
			subscription: () => {
				const id = first === undefined ? this.#subscription(names) : String(first);
				return { $scope: `subscription ${id}`, subscriptionId: id, id: `/subscriptions/${id}` };
			},
			managementGroup: () => ({ id: "«managementGroup»" }),
			subscriptionResourceId: () => `${String(first)}/${String(second)}`,
			tenantResourceId: () => `${String(first)}/${String(second)}`,
			loadTextContent: () => readFileSync(path.join(this.#root, join(file, String(first))), "utf8"),
			loadJsonContent: () => JSON.parse(readFileSync(path.join(this.#root, join(file, String(first))), "utf8")),
		};
		const called = functions[name];
		assert.ok(called, `${file}: the function ${name} is not read here`);
		return called();
	}

	/** That of the deployment that the file is part of. */
	#subscription(names: Names): string {
		const scope = String(names.get("$scope")?.());
		return /^subscription (.+)$/.exec(scope)?.[1] ?? this.#cloud.subscription;
	}
}

interface Statement {
	readonly node: Node;
	readonly decorators: readonly Node[];
}

type Names = Map<string, () => Value>;
const nothing: Names = new Map();

function children(node: Node): Node[] {
	return node.namedChildren.filter((child): child is Node => child !== null && child.type !== "comment");
}

function readText(node: Node | undefined | null): string {
	return (node?.text ?? "").slice(1, -1);
}

function join(from: string, to: string): string {
	return path.posix.join(path.posix.dirname(from), to);
}

function argumentOf(decorators: readonly Node[], name: string): Node | undefined {
	for (const decorator of decorators) {
		const [called, list] = children(children(decorator)[0] as Node);
		if (called?.text === name) return children(list as Node)[0];
	}
	return undefined;
}

function describe(decorators: readonly Node[]): string | undefined {
	const text = argumentOf(decorators, "description");
	return text === undefined ? undefined : readText(text);
}

/** A resource group that was just declared, or what `subscription(ID)` gives. */
function scopeOf(scope: Obj): string {
	return typeof scope.$scope === "string" ? scope.$scope : `resourceGroup ${String(scope.name)}`;
}

function member(value: Value, name: string, text: string, file: string): Value {
	if (typeof value === "string" && value.startsWith("«")) return `${value.slice(0, -1)}.${name}»`;
	assert.ok(typeof value === "object" && value !== null, `${file}: ${text} is of nothing`);
	const found = (value as Obj)[name];
	if (found !== undefined) return found;
	const { $symbol } = value as Obj;
	assert.ok(typeof $symbol === "string", `${file}: there is no ${text}`);
	return `«${$symbol}.${name}»`;
}
