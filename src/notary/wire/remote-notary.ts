import type * as z from 'zod';
import { hasCode } from '../../kit/index.ts';
import type { Attestation, ImageLockReference, KnownKeys, SigningDesk } from '../port.ts';
import {
  AttestationMessage,
  ImageSignatureMessage,
  KnownKeysMessage,
  Signed,
  UsedNumbersMessage,
  errorOf,
  readMessage,
} from './messages.ts';
import type { NotaryConnection, NotaryRequest } from './notary-connection.ts';

/** The desk of a notary in another process, perhaps on another host. */
export function remoteDesk(connection: Pick<NotaryConnection, 'send'>): SigningDesk {
  const ask = async <T>(schema: z.ZodType<T>, asked: NotaryRequest): Promise<T> =>
    readMessage(schema, await send(connection, asked));
  const post = <T>(path: string, schema: z.ZodType<T>, message: object): Promise<T> =>
    ask(schema, { method: 'POST', path, body: JSON.stringify(message) });
  return {
    attest: async (request) => {
      const { readLock: _later, ...message } = request;
      const attest = () => post('/v1/attest', AttestationMessage, message);
      const locks = [{ digest: request.lockDigest, readLock: request.readLock }];
      return asAttestation(await withLocks(connection, locks, attest));
    },
    renew: async (request) => asAttestation(await post('/v1/renew', AttestationMessage, request)),
    signStatement: async (request) => (await post('/v1/statements', Signed, request)).text,
    signImage: (request) => {
      const locks = request.locks.map(({ readLock: _later, ...lock }) => lock);
      const sign = () => post('/v1/images', ImageSignatureMessage, { ...request, locks });
      return withLocks(connection, request.locks, sign);
    },
    knownKeys: async (): Promise<KnownKeys> => {
      const { keys, imageKey } = await ask(KnownKeysMessage, { method: 'GET', path: '/v1/keys' });
      return { keys, imageKey };
    },
    usedNumbers: (stack) => post('/v1/numbers', UsedNumbersMessage, { stack }),
  };
}

/**
 * A notary forgets its locks with each start. That it starts between being sent one and being asked, this often in a
 * row, is no accident.
 */
const MOST_SENT = 10;

/** Locks are large and the same for all packages of a pipeline: they are sent when the notary asks for one. */
async function withLocks<T>(
  connection: Pick<NotaryConnection, 'send'>,
  locks: readonly ImageLockReference[],
  ask: () => Promise<T>,
): Promise<T> {
  for (let sent = 0; ; sent += 1) {
    try {
      return await ask();
    } catch (error) {
      if (!hasCode(error, 'NOTARY_LOCK_UNKNOWN') || sent === MOST_SENT) throw error;
      for (const { digest, readLock } of locks)
        await send(connection, { method: 'PUT', path: `/v1/locks/${digest}`, body: await readLock() });
    }
  }
}

async function send(connection: Pick<NotaryConnection, 'send'>, asked: NotaryRequest): Promise<string> {
  const { status, body } = await connection.send(asked);
  if (status >= 300) throw errorOf(body, status);
  return body;
}

function asAttestation({ manifest, already, specFile }: z.infer<typeof AttestationMessage>): Attestation {
  return { manifest, already, ...(specFile === undefined ? {} : { specFile }) };
}
