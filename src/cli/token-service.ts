import { loadServerSettings, type ServerFlags } from '../coordinator/index.ts';
import { requestJson } from '../client/index.ts';
import type { CreatedToken, TokenList, TokenRequest, TokenView } from '../protocol/index.ts';
import { openStoredTokens } from '../server/index.ts';
import type { CommandContext } from './command.ts';
import { serverAccess, type AccessOptions } from './server-access.ts';

export type TokenPlace = ServerFlags & AccessOptions;

interface Tokens {
  create(request: TokenRequest): Promise<CreatedToken> | CreatedToken;
  list(): Promise<readonly TokenView[]> | readonly TokenView[];
  revoke(id: string): Promise<TokenView> | TokenView;
  endSessions(name: string): Promise<number> | number;
}

interface TokenService {
  use<T>(work: (tokens: Tokens) => Promise<T> | T): Promise<T>;
}

/** Returns the tokens of the server at `--url`, or those in the data folder, which is opened for the work alone. */
export async function tokenService(context: CommandContext, options: TokenPlace): Promise<TokenService> {
  if (options.url !== undefined) return { use: async (work) => work(await remoteTokens(context, options)) };
  const { configuration } = await loadServerSettings(
    { config: options.config, data: options.data },
    context.env,
    context.cwd,
  );
  return {
    use: async (work) => {
      const stored = await openStoredTokens(configuration.data);
      try {
        return await work(stored);
      } finally {
        stored.close();
      }
    },
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
