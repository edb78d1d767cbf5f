import { fileURLToPath } from "node:url";
import { Language, type Node, Parser } from "web-tree-sitter";

const grammars = {
	bicep: import.meta.resolve("tree-sitter-bicep/tree-sitter-bicep.wasm"),
	powershell: import.meta.resolve("tree-sitter-powershell/tree-sitter-powershell.wasm"),
};

/** A parser by a grammar that others wrote and keep. */
export async function loadGrammar(name: keyof typeof grammars): Promise<(text: string) => Node> {
	await Parser.init();
	const parser = new Parser();
	parser.setLanguage(await Language.load(fileURLToPath(grammars[name])));
	return (text) => {
		const tree = parser.parse(text);
		if (tree === null) throw new Error("There is no tree of it");
		return tree.rootNode;
	};
}
