// The server under test, as every client here reaches it: node client.js <address> <token> [trusted].
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { print } from "graphql";

export const [address = "", token = "", trusted = ""] = process.argv.slice(2);
export const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };

export async function post<Answer>(body: object): Promise<Answer> {
  const response = await fetch(address, { method: "POST", headers, body: JSON.stringify(body) });
  return (await response.json()) as Answer;
}

export async function ask<Data, Variables>(
  document: TypedDocumentNode<Data, Variables> & { __meta__?: { hash: string } },
  variables: Variables,
): Promise<Data> {
  type Answer = { data: Data; errors?: { message: string }[] };
  const named = trusted ? { documentId: document.__meta__?.hash } : { query: print(document) };
  const { data, errors } = await post<Answer>({ ...named, variables });
  if (errors) throw new Error(errors.map(({ message }) => message).join("; "));
  return data;
}
