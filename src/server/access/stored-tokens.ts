import { existsSync } from 'node:fs';
import { Access } from '../../access/index.ts';
import { createTokens, dataFolder } from '../../coordinator/index.ts';
import { systemClock } from '../../kit/index.ts';
import type { CreatedToken, TokenRequest, TokenView } from '../../protocol/index.ts';
import { Database, createAccessLedger, storeError } from '../../store/index.ts';
import { serverSecret } from '../assembly/server-keys.ts';
import { createToken, tokenView } from './create-token.ts';

/** Opens the tokens and sessions in a data folder. A server may run: a change counts from its next request on. */
export async function openStoredTokens(data: string) {
  const folder = dataFolder(data);
  if (!existsSync(folder.database)) throw storeError('STORE_NO_DATA', { folder: data });
  const credentials = createTokens(await serverSecret(folder.keys));
  const database = new Database(folder.database);
  const ledger = createAccessLedger(database);
  const access = new Access({ ledger, clock: systemClock, declared: [], providers: [], sessionSeconds: 0 });
  return {
    create: (request: TokenRequest): CreatedToken =>
      createToken({ access, credentials }, request, 'slipway token create'),
    list: (): readonly TokenView[] => access.tokens().map(tokenView),
    revoke: (id: string): TokenView => tokenView(access.revokeToken(id)),
    endSessions: (name: string) => access.endSessionsOf(name),
    close: () => database.close(),
  };
}
