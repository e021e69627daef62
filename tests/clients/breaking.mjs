// Refuses a contract that breaks clients of another: node breaking.mjs released.graphql current.graphql
import { readFileSync } from "node:fs";
import { diff } from "@graphql-inspector/core";
import { buildSchema } from "graphql";

const [released, current] = process.argv.slice(2).map((path) => buildSchema(readFileSync(path, "utf8")));
const changes = await diff(released, current);
const told = (level) => changes.filter(({ criticality }) => criticality.level === level).map(({ message }) => message);

for (const message of told("DANGEROUS")) console.log(`dangerous: ${message}`);
for (const message of told("BREAKING")) console.error(`breaking: ${message}`);
if (told("BREAKING").length) {
  console.error("Clients of the last release would break: add instead, and deprecate (CONTRIBUTING.md).");
  process.exitCode = 1;
}
