import { SecretSource } from '../kit/index.ts';
import * as z from 'zod';
import { scopes } from '../access/index.ts';

const Text = z.string().min(1);

const Roles = z
  .array(
    z
      .strictObject({
        scope: z.enum(scopes).describe('What the role allows; each scope includes those before it'),
        stacks: z.array(Text).min(1).default(['*']).describe('Names of stacks; `*`: all'),
        users: z.array(Text).default([]).describe('Names of people; `*`: everyone who can sign in'),
        groups: z.array(Text).default([]).describe('Groups; with GitHub an organization, or `organization/team`'),
      })
      .refine(({ users, groups }) => users.length + groups.length > 0, 'a role has `users` or `groups`'),
  )
  .default([])
  .describe('What people and groups may do. People without a role cannot sign in');

const Openid = z.strictObject({
  title: Text.default('OpenID Connect').describe('Name of the service, for the button'),
  issuer: z.url({ protocol: /^https?$/ }).describe('Issuer; its addresses are read from `/.well-known/…`'),
  clientId: Text.describe(
    'Id of this server at the issuer, with the redirect address `<baseUrl>/auth/openid/callback`',
  ),
  clientSecret: SecretSource.optional().describe('Secret of the client; if not set, it is a public client'),
  scopes: z
    .array(Text)
    .default(['openid', 'profile'])
    .describe('Scopes that are requested; some issuers have `groups`'),
  nameClaim: Text.default('preferred_username').describe(
    'Claim that `users` of roles are compared with. Choose one that people cannot change by themselves; `sub` always is',
  ),
  groupsClaim: Text.default('groups').describe('Claim with groups; a dot leads into a map (`realm_access.roles`)'),
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
  clientId: Text.describe('Client id of the OAuth app, with the callback address `<baseUrl>/auth/github/callback`'),
  clientSecret: SecretSource,
  roles: Roles,
});

/** Who may sign in. Tokens need no configuration: `slipway token`. */
export const AccessConfiguration = z.strictObject({
  openid: Openid.optional().describe('Sign-in with OpenID Connect'),
  github: Github.optional().describe('Sign-in with GitHub (OAuth 2.0)'),
  sessionAge: z.number().int().min(60).default(43_200).describe('Seconds after which people must sign in again'),
});
