// A GraphQL request with this browser's session.
import { asked, over } from "./kept";
import { OURS } from "./sandbox";

export interface Answer<Data> {
  data?: Data | null;
  errors?: { message: string; extensions?: { code: string } }[];
}

type Request = { query: string; variables?: unknown; operationName?: string | null };
type Listener = () => void;

let onEnd: Listener = () => undefined;

/** Who is told when the session turns out to have ended. */
export function whenEnded(listener: Listener): void {
  onEnd = listener;
}

export async function ask<Data>(request: Request, headers: Record<string, string> = {}): Promise<Answer<Data>> {
  const response = await fetch("/graphql", {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/graphql-response+json, application/json;q=0.9",
      ...OURS,
      ...headers,
    },
    body: JSON.stringify(request),
  });
  const own = !Object.keys(headers).some((name) => name.toLowerCase() === "authorization");
  if (own && response.status === 401) {
    over();
    onEnd();
  } else if (own && response.ok) asked();
  return (await response.json()) as Answer<Data>;
}
