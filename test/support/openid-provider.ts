import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
// @ts-expect-error The package has no types.
import { Provider } from 'oidc-provider';

interface OpenidProvider {
  readonly issuer: string;
  readonly clientSecret: string;
  close(): Promise<void>;
}

/** A real issuer on the loopback. Everyone signs in with any password; `groupsOf` gives the groups of a name. */
export async function startOpenidProvider(
  redirectUri: string,
  groupsOf: (name: string) => readonly string[],
): Promise<OpenidProvider> {
  let listener: RequestListener = () => undefined;
  const server = createServer((request, response) => listener(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clientSecret = 'the-secret-of-the-client';
  const provider = new Provider(issuer, {
    clients: [{ client_id: 'slipway', client_secret: clientSecret, redirect_uris: [redirectUri] }],
    pkce: { required: () => true },
    features: { devInteractions: { enabled: true } },
    claims: { openid: ['sub'], profile: ['preferred_username'], groups: ['groups'] },
    scopes: ['openid', 'profile', 'groups'],
    cookies: { keys: ['a key of the test'] },
    findAccount: (_: unknown, id: string) => ({
      accountId: id,
      claims: async () => ({ sub: id, preferred_username: id, groups: groupsOf(id) }),
    }),
  }) as { callback(): RequestListener };
  listener = provider.callback();
  return {
    issuer,
    clientSecret,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
