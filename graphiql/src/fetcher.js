import { createGraphiQLFetcher } from '@graphiql/toolkit';

const url = window.location.origin + window.location.pathname;
const subscriptionUrl = url.replace(/^http/, 'ws');

/** The headers tab's content with `Authorization` spelt one way, so that it replaces ours instead of joining it. */
function spelt(headers = {}) {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [/^authorization$/i.test(name) ? 'Authorization' : name, value]),
  );
}

/**
 * What GraphiQL sends operations by: HTTP, and a WebSocket (graphql-transport-ws) for each subscription.
 *
 * The `Authorization` of the tab's headers, else `token`, goes with every request, and into each socket's
 * connection_init, since a browser cannot set headers on a socket. `onToken` is told the token that a sign-in brought,
 * and null once it is signed out or refused.
 */
export function createFetcher(token, onToken) {
  const credentials = token ? { Authorization: `Bearer ${token}` } : {};
  const send = createGraphiQLFetcher({
    url,
    subscriptionUrl,
    headers: { 'GraphQL-Preflight': '1', ...credentials },
    wsConnectionParams: credentials,
    enableIncrementalDelivery: false,
  });
  return async (params, options) => {
    const answer = await send(params, { ...options, headers: spelt(options?.headers) });
    const refused = answer.errors?.some((error) => error.extensions?.code === 'UNAUTHENTICATED');
    if (answer.data?.signIn?.token) onToken(answer.data.signIn.token);
    else if (token && (refused || answer.data?.signOut?.revoked)) onToken(null);
    return answer;
  };
}
