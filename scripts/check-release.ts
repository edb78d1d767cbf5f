import { readFileSync } from "node:fs";
import { findObstacles } from "./release.ts";

const [tag = "", home = ""] = process.argv.slice(2);
const packageJson = JSON.parse(readFileSync("package.json", "utf8"));
const obstacles = findObstacles({ tag, home, packageJson, changelog: readFileSync("CHANGELOG.md", "utf8") });
// In the words of a log of GitHub Actions, which shows them on top: https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
for (const obstacle of obstacles) console.log(`::error::Not released: ${obstacle}`);
if (obstacles.length > 0) process.exitCode = 1;
