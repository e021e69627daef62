// An OpenID Connect provider on loopback for tests/sign_on: `node provider.mjs` reads its settings, a line of JSON, from
// standard input and writes its issuer to standard output. {clients, accounts: {id: claims}, keys: JWKS}
// POST /test/keys replaces its keys by those in the body, POST /test/accounts its accounts.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { Provider } from 'oidc-provider';

const lines = createInterface({ input: process.stdin });
const given = JSON.parse((await lines[Symbol.asyncIterator]().next()).value);
const server = createServer();
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const issuer = `http://127.0.0.1:${server.address().port}`;
let accounts = given.accounts;
let answer = provider(given.keys);

function provider(keys) {
  const made = new Provider(issuer, {
    clients: given.clients,
    jwks: keys,
    cookies: { keys: ['signs the cookies of this test'] },
    scopes: ['openid', 'offline_access', 'email', 'profile', 'toms'],
    claims: {
      openid: ['sub'],
      email: ['email', 'email_verified'],
      profile: ['name'],
      toms: ['sbacTenancyChain'],
    },
    findAccount: (_ctx, id) => accounts[id] && { accountId: id, claims: () => ({ sub: id, ...accounts[id] }) },
    extraTokenClaims: (_ctx, token) => accounts[token.accountId],
    ttl: { AccessToken: 600, IdToken: 600, AuthorizationCode: 60, Grant: 3600, Interaction: 600, Session: 3600 },
    pkce: { required: () => true },
    features: {
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => undefined,
        getResourceServerInfo: (_ctx, resource) => ({
          scope: 'openid',
          audience: resource,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: keys.keys[0].alg } },
        }),
      },
    },
  });
  made.on('server_error', (_ctx, error) => console.error(error));
  return made.callback();
}

async function body(request) {
  let text = '';
  for await (const part of request) text += part;
  return JSON.parse(text);
}

server.on('request', async (request, response) => {
  if (request.method === 'POST' && request.url === '/test/keys') answer = provider(await body(request));
  else if (request.method === 'POST' && request.url === '/test/accounts') accounts = await body(request);
  else return answer(request, response);
  return response.writeHead(204).end();
});
lines.once('close', () => process.exit());
console.log(JSON.stringify({ issuer }));
