// Apollo Client pages through students with its own relayStylePagination; prints the SSIDs it ends up with, as JSON.
import { ApolloClient, HttpLink, InMemoryCache } from "@apollo/client/core";
import { relayStylePagination } from "@apollo/client/utilities";
import { filter, firstValueFrom } from "rxjs";
import { graphql } from "./generated/gql.js";
import { address, headers } from "./server.js";

const Students = graphql(`
  query Students($first: Int!, $after: String) {
    students(first: $first, after: $after) {
      totalCount
      edges {
        cursor
        node {
          id
          ssid
        }
      }
      pageInfo {
        hasNextPage
        hasPreviousPage
        startCursor
        endCursor
      }
    }
  }
`);

const client = new ApolloClient({
  link: new HttpLink({ uri: address, headers }),
  cache: new InMemoryCache({ typePolicies: { Query: { fields: { students: relayStylePagination() } } } }),
});
const query = client.watchQuery({ query: Students, variables: { first: 100 } });
await firstValueFrom(query.pipe(filter(({ loading }) => !loading)));

const list = () => {
  const { dataState, data } = query.getCurrentResult();
  if (dataState !== "complete" || !data.students) throw new Error("no students");
  return data.students;
};
let pages = 1;
for (; list().pageInfo.hasNextPage; pages++) await query.fetchMore({ variables: { after: list().pageInfo.endCursor } });

console.log(JSON.stringify({ pages, total: list().totalCount, ssids: list().edges.map(({ node }) => node.ssid) }));
client.stop();
