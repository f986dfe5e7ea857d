import type * as z from 'zod';
import { hasCode } from '../../kit/index.ts';
import {
  Attestation,
  IdentityGrant,
  ImageSignature,
  KnownKeys,
  UsedNumbers,
  type ImageLockReference,
  type SigningService,
} from '../port.ts';
import { Signed, errorOf, readMessage } from './messages.ts';
import type { NotaryConnection, NotaryRequest } from './notary-connection.ts';

/**
 * A notary forgets its locks with each start. That it starts between a lock and the request that needs it, this often
 * in a row, is no accident.
 */
const MOST_SENT = 10;

/** The signing service of a notary in another process, perhaps on another host. */
export function remoteNotary(connection: Pick<NotaryConnection, 'send'>): SigningService {
  const send = async (request: NotaryRequest): Promise<string> => {
    const { status, body } = await connection.send(request);
    if (status >= 300) throw errorOf(body, status);
    return body;
  };
  const post = async <T>(path: string, schema: z.ZodType<T>, message: object): Promise<T> =>
    readMessage(schema, await send({ method: 'POST', path, body: JSON.stringify(message) }));
  /** Locks are large and the same for all packages of a pipeline: they are sent when the notary requests one. */
  const withLocks = async <T>(locks: readonly ImageLockReference[], work: () => Promise<T>): Promise<T> => {
    for (let sent = 0; ; sent += 1) {
      try {
        return await work();
      } catch (error) {
        if (!hasCode(error, 'NOTARY_LOCK_UNKNOWN') || sent === MOST_SENT) throw error;
        for (const { digest, readLock } of locks)
          await send({ method: 'PUT', path: `/v1/locks/${digest}`, body: await readLock() });
      }
    }
  };
  return {
    attest: ({ readLock, ...message }) =>
      withLocks([{ digest: message.lockDigest, readLock }], () => post('/v1/attest', Attestation, message)),
    renew: (request) => post('/v1/renew', Attestation, request),
    recordIdentity: (request) => post('/v1/identities', IdentityGrant, request),
    signStatement: async (request) => (await post('/v1/statements', Signed, request)).text,
    signImage: (request) => {
      const locks = request.locks.map(({ readLock: _later, ...lock }) => lock);
      return withLocks(request.locks, () => post('/v1/images', ImageSignature, { ...request, locks }));
    },
    knownKeys: async () => readMessage(KnownKeys, await send({ method: 'GET', path: '/v1/keys' })),
    usedNumbers: (stack) => post('/v1/numbers', UsedNumbers, { stack }),
  };
}
