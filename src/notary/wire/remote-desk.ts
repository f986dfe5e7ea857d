import type * as z from 'zod';
import { hasCode } from '../../kit/index.ts';
import type { Attestation, KnownKeys, SigningDesk, SigningRequest } from '../port.ts';
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
      return asAttestation(await withLock(connection, request, attest));
    },
    renew: async (request) => asAttestation(await post('/v1/renew', AttestationMessage, request)),
    signStatement: async (request) => (await post('/v1/statements', Signed, request)).text,
    signImage: (request) => post('/v1/images', ImageSignatureMessage, request),
    knownKeys: async (): Promise<KnownKeys> => {
      const { keys, imageKey } = await ask(KnownKeysMessage, { method: 'GET', path: '/v1/keys' });
      return { keys, imageKey };
    },
    usedNumbers: (stack) => post('/v1/numbers', UsedNumbersMessage, { stack }),
  };
}

/** A notary forgets its locks with each start. That it starts between being sent one and being asked, this often in a row, is no accident. */
const MOST_SENT = 10;

/** The lock is large and the same for all packages of a pipeline: it is sent when the notary asks for it. */
async function withLock<T>(
  connection: Pick<NotaryConnection, 'send'>,
  { lockDigest, readLock }: SigningRequest,
  attest: () => Promise<T>,
): Promise<T> {
  for (let sent = 0; ; sent += 1) {
    try {
      return await attest();
    } catch (error) {
      if (!hasCode(error, 'NOTARY_LOCK_UNKNOWN') || sent === MOST_SENT) throw error;
      await send(connection, { method: 'PUT', path: `/v1/locks/${lockDigest}`, body: await readLock() });
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
