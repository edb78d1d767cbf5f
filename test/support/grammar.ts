import { createRequire } from "node:module";
import { Language, type Node, Parser } from "web-tree-sitter";

const { resolve } = createRequire(import.meta.url);

/** A parser by a grammar that others wrote and keep. */
export async function loadGrammar(name: "bicep" | "powershell"): Promise<(text: string) => Node> {
	await Parser.init();
	const parser = new Parser();
	parser.setLanguage(await Language.load(resolve(`tree-sitter-${name}/tree-sitter-${name}.wasm`)));
	return (text) => {
		const tree = parser.parse(text);
		if (tree === null) throw new Error("There is no tree of it");
		return tree.rootNode;
	};
}
