import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createDemoRepository, layOver, type DemoRepository } from '../../src/demo/demo-repository.ts';
import { packageRoot, programEntry } from '../../src/kit/package-root.ts';
import { exportSigningKey, generateKey } from '../../src/notary/index.ts';
import { freePort } from '../support/free-port.ts';
import { removeFolder } from '../support/remove-folder.ts';
import { asStarted } from '../support/server-process.ts';

/**
 * The built program serving the demo's stack at an address that stays, as a process that can be ended and started
 * again.
 */
export interface ServedDemo {
  readonly url: string;
  readonly folder: string;
  readonly repository: DemoRepository;
  /** Lays the example's files over the work tree. */
  bringStack(): Promise<void>;
  start(): Promise<void>;
  /** Kills the server as a power cut would. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

export const stackName = 'first-light';

/** With `ownKey` the notary makes a key at its first start, as users' notaries do; that takes seconds. */
export async function serveDemo({ ownKey = false } = {}): Promise<ServedDemo> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-browser-'));
  const key = await generateKey({ name: 'Test', date: new Date(), algorithm: 'ed25519' });
  const given = ownKey ? {} : { SPACK_SIGNING_KEY: exportSigningKey(key).reveal() };
  const env = { ...asStarted, PATH: process.env.PATH, HOME: folder, ...given };
  const repository = await createDemoRepository(join(folder, 'git'), process.env.PATH);
  const listen = `127.0.0.1:${await freePort()}`;
  const configuration = { data: 'data', listen, stacks: [{ name: stackName, remote: repository.remote, poll: 1 }] };
  await writeFile(join(folder, 'slipway.server.yaml'), JSON.stringify(configuration));
  let child: ChildProcess | undefined;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'close');
  };
  return {
    url: `http://${listen}`,
    folder,
    repository,
    bringStack: () => layOver(join(packageRoot(), 'examples', stackName), repository),
    start: async () => {
      child = spawn(process.execPath, [programEntry(), 'serve', '--log-level', 'error'], {
        cwd: folder,
        env,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
        if (line.startsWith('listening on ')) return;
      }
      throw new Error('the server ended before it listened');
    },
    kill: () => end('SIGKILL'),
    close: async () => {
      await end('SIGTERM');
      await removeFolder(folder);
    },
  };
}
