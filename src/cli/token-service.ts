import { requestJson } from '../client/index.ts';
import type { CreatedToken, TokenList, TokenRequest, TokenView } from '../protocol/index.ts';
import { openStoredTokens, auditedToken } from '../server/index.ts';
import { audited } from './audited.ts';
import type { CommandContext } from './command.ts';
import { serverAccess, type AccessOptions } from './server-access.ts';
import { storedWork, type ServerPlace } from './server-place.ts';
import { readServerSettings } from './server-settings.ts';

interface Tokens {
  create(request: TokenRequest): Promise<CreatedToken>;
  list(): Promise<readonly TokenView[]>;
  revoke(id: string): Promise<TokenView>;
  endSessions(name: string): Promise<number>;
}

/** Returns the tokens of the server at `--url`, or those in the data folder, whose audit log then has the changes. */
export async function tokenService(context: CommandContext, options: ServerPlace): Promise<Tokens> {
  if (options.url !== undefined) return remoteTokens(context, options);
  const { configuration } = await readServerSettings({ config: options.config, data: options.data }, context);
  const stored = storedWork(configuration.data, () => openStoredTokens(configuration.data));
  const server = { config: options.config, data: options.data };
  return {
    create: async (request) =>
      audited({ action: 'token.create', on: request.name, server, recorded: auditedToken }, context, () =>
        stored((tokens) => tokens.create(request)),
      ),
    list: () => stored((tokens) => tokens.list()),
    revoke: async (id) =>
      audited({ action: 'token.revoke', on: `token ${id}`, server, recorded: auditedToken }, context, () =>
        stored((tokens) => tokens.revoke(id)),
      ),
    endSessions: async (name) =>
      audited({ action: 'session.end', on: name, server }, context, () => stored((tokens) => tokens.endSessions(name))),
  };
}

async function remoteTokens(context: CommandContext, options: AccessOptions): Promise<Tokens> {
  const server = await serverAccess(context, options);
  return {
    create: (request) => requestJson<CreatedToken>(server, '/api/v1/tokens', request),
    list: async () => (await requestJson<TokenList>(server, '/api/v1/tokens')).tokens,
    revoke: (id) => requestJson<TokenView>(server, `/api/v1/tokens/${encodeURIComponent(id)}/revoke`, {}),
    endSessions: async (name) => (await requestJson<{ ended: number }>(server, '/api/v1/sessions/end', { name })).ended,
  };
}
