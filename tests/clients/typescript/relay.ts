// Relay, compiled, pages through students by its own connection handler; prints the SSIDs it ends up with, as JSON.
import relay, { type GraphQLResponse } from "relay-runtime";
import students, { type relayStudentsQuery } from "./__generated__/relayStudentsQuery.graphql.js";
import { post } from "./server.js";

const { Environment, Network, RecordSource, Store, createOperationDescriptor, fetchQuery, graphql } = relay;

export const source = () => graphql`
  query relayStudentsQuery($first: Int!, $after: String) {
    students(first: $first, after: $after) @connection(key: "relay_students") {
      totalCount
      edges {
        node {
          id
          ssid
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

const network = Network.create(({ text, name }, variables) =>
  post<GraphQLResponse>({ query: text, operationName: name, variables }),
);
const environment = new Environment({ network, store: new Store(new RecordSource()) });

async function page(after: string | null) {
  const variables = { first: 100, after };
  environment.retain(createOperationDescriptor(students, variables));
  const data = await fetchQuery<relayStudentsQuery>(environment, students, variables).toPromise();
  if (!data?.students) throw new Error("no students");
  return data.students;
}

let list = await page(null);
let pages = 1;
for (; list.pageInfo.hasNextPage; pages++) list = await page(list.pageInfo.endCursor ?? null);

console.log(JSON.stringify({ pages, total: list.totalCount, ssids: list.edges.map(({ node }) => node.ssid) }));
