import { SecretSource } from '../../kit/index.ts';
import * as z from 'zod';
import { scopes } from '../../access/index.ts';

const Text = z.string().min(1);

const Roles = z
  .array(
    z
      .strictObject({
        scope: z.enum(scopes).describe('What the role allows. Each scope includes those before it'),
        stacks: z.array(Text).min(1).default(['*']).describe('Names of stacks; `*`: all'),
        users: z.array(Text).default([]).describe('Names of users; `*`: everyone who can sign in'),
        groups: z.array(Text).default([]).describe('Groups. With GitHub, an organization or `organization/team`'),
      })
      .refine(({ users, groups }) => users.length + groups.length > 0, 'a role has `users` or `groups`'),
  )
  .default([])
  .describe('What users and groups may do. Users without a role cannot sign in');

const Openid = z.strictObject({
  title: Text.default('OpenID Connect').describe('Name of the service on the button for signing in'),
  issuer: z.url({ protocol: /^https?$/ }).describe('URL of the issuer. Its endpoints are read from `/.well-known/…`'),
  clientId: Text.describe(
    'Client id of this server at the issuer, which must allow the redirect URI `<baseUrl>/auth/openid/callback`',
  ),
  clientSecret: SecretSource.optional().describe('Secret of the client. Without it, the client is public'),
  scopes: z
    .array(Text)
    .default(['openid', 'profile'])
    .describe('Scopes that are requested. Some issuers also have `groups`'),
  nameClaim: Text.default('preferred_username').describe(
    'Claim that `users` of roles are compared with. Choose one that users cannot change themselves, such as `sub`',
  ),
  groupsClaim: Text.default('groups').describe(
    'Claim with the groups of a user. A dot selects a key of a map: `realm_access.roles`',
  ),
  roles: Roles,
});

const Github = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .default('https://github.com')
    .describe('Address of GitHub, or of a GitHub Enterprise Server'),
  apiUrl: z
    .url({ protocol: /^https?$/ })
    .default('https://api.github.com')
    .describe('Address of its API; `https://<host>/api/v3` for GitHub Enterprise Server'),
  clientId: Text.describe('Client id of the OAuth app, whose callback URL is `<baseUrl>/auth/github/callback`'),
  clientSecret: SecretSource.describe('Client secret of the OAuth app'),
  roles: Roles,
});

/** Who may sign in. Tokens need no configuration: `slipway token`. */
export const AccessConfiguration = z.strictObject({
  openid: Openid.optional().describe('Sign-in with OpenID Connect'),
  github: Github.optional().describe('Sign-in with GitHub (OAuth 2.0)'),
  sessionAge: z.number().int().min(60).default(43_200).describe('Seconds after which users must sign in again'),
});
