// The training operations, each with its variables filled in from what the viewer really sees.
import { ask } from "./ask";
import list from "../operations/operations.json";

const documents = import.meta.glob<string>("../operations/*.graphql", { eager: true, query: "?raw", import: "default" });
const documentOf = (name: string) => (documents[`../operations/${name}.graphql`] ?? "").trimEnd();

export interface Training {
  name: string;
  title: string;
  about: string;
  query: string;
  variables: string;
}

/** The operations for a role (NOBODY: without a session), ready to be run. */
export async function trainingFor(role: string): Promise<Training[]> {
  const variables = { signedIn: role !== "NOBODY" };
  const { data } = await ask<unknown>({ query: documentOf("Examples"), variables }).catch(() => ({ data: null }));
  return list.operations
    .filter(({ roles }) => !roles || roles.includes(role))
    .map(({ name, title, about, variables }) => ({
      name,
      title,
      about,
      query: documentOf(name),
      variables: variables ? JSON.stringify(filled(variables, data), null, 2) : "",
    }));
}

function filled(value: unknown, examples: unknown): unknown {
  if (typeof value === "string") {
    if (value.startsWith("$.")) return found(examples, value);
    return value.replaceAll(/\{(\$\.[^}]+)\}/g, (_, path: string) => String(found(examples, path) ?? ""));
  }
  if (Array.isArray(value)) return value.map((each) => filled(each, examples));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, filled(each, examples)]));
  }
  return value;
}

function found(examples: unknown, path: string): unknown {
  return path.split(".").slice(1).reduce(step, examples) ?? null;
}

function step(at: unknown, name: string, index: number, names: string[]): unknown {
  const star = names.indexOf("*");
  if (star >= 0 && index > star) return at;
  if (name === "*") {
    const rest = names.slice(index + 1);
    return Array.isArray(at) ? at.map((each) => rest.reduce(step, each as unknown)) : undefined;
  }
  return typeof at === "object" && at !== null ? (at as Record<string, unknown>)[name] : undefined;
}
