import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { onTestFinished } from 'vitest';
import { writeView, type ReadOptions } from '../../src/mirror/index.ts';
import { mirrorReadRoutes } from '../../src/server/mirror-read.ts';
import { signedMirror, type SignedMirror } from './signed-mirror.ts';

interface ServedView {
  readonly mirror: SignedMirror;
  /** How its entries are read: signatures are required. */
  readonly read: ReadOptions;
  /** URL of the view. */
  readonly view: string;
}

/** Makes a signed mirror, and serves the view of its lock until the test ends. */
export async function servedView(lockDigest: string): Promise<ServedView> {
  const mirror = await signedMirror();
  const read = { verifier: mirror.verifier, requireSignature: true };
  await writeView(mirror.store, { lock: mirror.lock, lockDigest, read });
  const server = createServer(getRequestListener(mirrorReadRoutes(() => mirror.store).fetch)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { mirror, read, view: `http://127.0.0.1:${port}/mirrors/lab/locks/${lockDigest}` };
}
