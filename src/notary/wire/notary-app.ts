import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { SlipwayError, isSameToken, type Logger, type Secret } from '../../kit/index.ts';
import { notaryError } from '../errors.ts';
import {
  EntryMessage,
  IdentityMessage,
  ImageMessage,
  RenewalRequest,
  StatementRequest,
  type SigningService,
} from '../port.ts';
import type { LockCache } from '../signing/lock-cache.ts';
import { NumbersMessage, readMessage, wireFailure } from './messages.ts';

const MOST_BYTES = 256 * 2 ** 20;

interface NotaryAppOptions {
  readonly signing: SigningService & { readonly locks: LockCache };
  /** Every request must have it. */
  readonly token: Secret;
  readonly log: Logger;
}

/**
 * The notary as a function from Request to Response. Without the token it reveals nothing, not even which keys there
 * are.
 */
export function notaryApp({ signing, token, log }: NotaryAppOptions): Hono {
  const app = new Hono();
  app.onError((error, c) => {
    if (!(error instanceof SlipwayError)) log.error({ err: error, path: c.req.path }, 'the notary failed');
    const failure = wireFailure(error);
    return c.json(failure, failure.status as 500);
  });
  app.use('*', async (c, next) => {
    if (!isToken(c.req.header('authorization'), token)) throw notaryError('NOTARY_TOKEN_WRONG');
    await next();
  });
  app.use(
    '*',
    bodyLimit({
      maxSize: MOST_BYTES,
      onError: () => {
        throw notaryError('NOTARY_REQUEST_INVALID', { reason: `it has more than ${MOST_BYTES} bytes` });
      },
    }),
  );
  app.get('/v1/keys', async (c) => c.json(await signing.knownKeys()));
  app.put('/v1/locks/:digest', async (c) => {
    await signing.locks.allowed(c.req.param('digest'), () => c.req.text());
    return c.body(null, 204);
  });
  app.post('/v1/attest', async (c) => {
    const message = readMessage(EntryMessage, await c.req.text());
    return c.json(await signing.attest({ ...message, readLock: unknownLock(message.lockDigest) }));
  });
  app.post('/v1/renew', async (c) => c.json(await signing.renew(readMessage(RenewalRequest, await c.req.text()))));
  app.post('/v1/identities', async (c) =>
    c.json(await signing.recordIdentity(readMessage(IdentityMessage, await c.req.text()))),
  );
  app.post('/v1/statements', async (c) =>
    c.json({ text: await signing.signStatement(readMessage(StatementRequest, await c.req.text())) }),
  );
  app.post('/v1/images', async (c) => {
    const message = readMessage(ImageMessage, await c.req.text());
    const locks = message.locks.map((lock) => ({ ...lock, readLock: unknownLock(lock.digest) }));
    return c.json(await signing.signImage({ ...message, locks }));
  });
  app.post('/v1/numbers', async (c) =>
    c.json(await signing.usedNumbers(readMessage(NumbersMessage, await c.req.text()).stack)),
  );
  app.notFound((c) => {
    throw notaryError('NOTARY_REQUEST_INVALID', { reason: `${c.req.method} ${c.req.path}` });
  });
  return app;
}

/** Requests the lock from the sender of the request. */
function unknownLock(lock: string): () => Promise<string> {
  return async () => {
    throw notaryError('NOTARY_LOCK_UNKNOWN', { lock });
  };
}

function isToken(header: string | undefined, token: Secret): boolean {
  return isSameToken(header ?? '', `Bearer ${token.reveal()}`);
}
