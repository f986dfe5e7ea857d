import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openServer, type RunningServer } from '../../src/server/assembly/open-server.ts';
import { settingsOf } from '../../src/coordinator/configuration/server-settings.ts';
import type { PipelineRecord } from '../../src/pipeline/index.ts';
import { silentLogger } from './silent-logger.ts';
import { KeyRing, generateKey } from '../../src/notary/index.ts';
import { listArchive, readArchiveFile } from '../../src/server/index.ts';
import { contentsBelow } from './contents-below.ts';
import { gitRemote, type GitRemote } from './git-remote.ts';
import { removeFolder } from './remove-folder.ts';

export const labToken = 'planted-trigger-token-5b1e';

const entry = join(import.meta.dirname, '../../bin/slipway.js');

/** A server with a stack whose remote has pull requests, and secrets planted wherever one could look. */
export interface ForkLab {
  readonly server: RunningServer;
  readonly remote: GitRemote;
  readonly data: string;
  /** Folder outside of the data folder, with files that hold secrets. */
  readonly outside: string;
  /** What must not be found, by what it is. */
  secrets(): Promise<Readonly<Record<string, string>>>;
  status(sha: string): string | undefined;
  /** The finished pipeline of a head. */
  finished(head: string): Promise<PipelineRecord>;
  until<T>(look: () => T | undefined | false): Promise<T>;
  /** Everything that a pipeline's jobs left: logs, artifacts, and the prefix of pull request 7. */
  remains(): Promise<string>;
  post(path: string, body: unknown, token?: string): Promise<{ status: number; body: Record<string, string> }>;
  /** Stops the server, and starts it again on the same data. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** Settings of the server and of its embedded runner. */
interface LabServer {
  readonly sandbox?: 'always' | 'never';
  readonly baseUrl?: string;
  readonly limits?: Readonly<Record<string, number>>;
  readonly includes?: Parameters<typeof settingsOf>[0]['includes'];
  readonly includeNetwork?: Parameters<typeof openServer>[0]['includeNetwork'];
  /** Embedded runners besides the first. */
  readonly moreRunners?: NonNullable<Parameters<typeof settingsOf>[0]['runners']>;
}

export async function forkLab(
  stackOptions: Readonly<Record<string, unknown>> = {},
  { sandbox = 'always', moreRunners = [], includeNetwork, ...options }: LabServer = {},
): Promise<ForkLab> {
  const remote = await gitRemote();
  const folder = await mkdtemp(join(tmpdir(), 'slipway-forks-'));
  const [data, outside] = [join(folder, 'data'), join(folder, 'outside')];
  await mkdir(outside);
  await writeFile(join(outside, 'secret'), 'planted-trusted-secret-77aa\n');
  const env = {
    PATH: process.env['PATH'],
    PROTECTED: 'planted-protected-secret-41cd',
    TOKEN: labToken,
    ADA: 'planted-token-of-ada-20d7',
  };
  const secrets = [
    { name: 'PROTECTED_SECRET', from: { env: 'PROTECTED' } },
    { name: 'TRUSTED_SECRET', from: { file: join(outside, 'secret') }, scope: 'trusted' as const },
  ];
  const stack = { name: 'lab', remote: remote.path, poll: 0, secrets, triggerToken: { env: 'TOKEN' }, ...stackOptions };
  const runners = [{ name: 'embedded', embedded: true, containers: false, sandbox }, ...moreRunners];
  const settings = settingsOf({ data, listen: '127.0.0.1:0', stacks: [stack], runners, ...options }, env);
  const network = includeNetwork && { includeNetwork };
  const open = () => openServer({ settings, env, log: silentLogger, version: '0', entry, ...network });
  await addSigningKey(data);
  let server = await open();
  await plant(data);
  const stranger = spawn('sleep', ['600'], { env: { PLANTED: 'planted-other-process-93ef' }, stdio: 'ignore' });

  async function until<T>(look: () => T | undefined | false): Promise<T> {
    for (;;) {
      const found = look();
      if (found !== undefined && found !== false) return found;
      await sleep(50);
    }
  }
  const ended = new Set(['success', 'failed', 'canceled', 'skipped']);
  return {
    get server() {
      return server;
    },
    remote,
    data,
    outside,
    until,
    secrets: () => readSecrets(data),
    status: (sha) => {
      const found = server.coordinator.context.ledger.statuses('lab').find((one) => one.sha === sha);
      return found === undefined ? undefined : `${found.state}: ${found.description}`;
    },
    finished: (head) =>
      until(() =>
        server.coordinator.context.pipelines
          .list({ stack: 'lab' })
          .find((one) => one.head === head && ended.has(one.status)),
      ),
    remains: () => readRemains(data),
    post: async (path, body, token = labToken) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const response = await fetch(`${server.url}/api/v1/stacks/lab/${path}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      });
      return { status: response.status, body: (await response.json()) as Record<string, string> };
    },
    restart: async () => {
      await server.stop();
      server = await open();
    },
    close: async () => {
      stranger.kill();
      await server.stop();
      await removeFolder(folder);
      await remote.dispose();
    },
  };
}

/** Stores the key that the notary would make at its first start: an RSA key takes seconds of computing. */
async function addSigningKey(data: string): Promise<void> {
  const ring = new KeyRing({ folder: join(data, 'notary/keys') });
  await ring.fill(() => generateKey({ name: 'Test', date: new Date(), algorithm: 'ed25519' }));
}

/** What other pull requests and other jobs of this machine would have left. */
async function plant(data: string): Promise<void> {
  const files = {
    'mirrors/lab/pr/99/v3/planted.json': 'planted-other-prefix-0c4f',
    'mirrors/lab/pr/99/blobs/planted': 'planted-other-prefix-0c4f',
    'runner/builds/4711/project/.env': 'planted-other-workspace-be02',
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(data, path, '..'), { recursive: true });
    await writeFile(join(data, path), `${text}\n`);
  }
}

async function readSecrets(data: string): Promise<Readonly<Record<string, string>>> {
  const ring = join(data, 'notary/keys');
  const file = (await readdir(ring)).find((name) => name.endsWith('.key')) as string;
  const key = (await readFile(join(ring, file), 'utf8')).trim();
  return {
    'a secret of protected refs': 'planted-protected-secret-41cd',
    'a secret of the team': 'planted-trusted-secret-77aa',
    'the trigger token': labToken,
    "another process's environment": 'planted-other-process-93ef',
    "another pull request's prefix": 'planted-other-prefix-0c4f',
    "another job's workspace": 'planted-other-workspace-be02',
    'the server secret': (await readFile(join(data, 'keys', 'server-secret'), 'utf8')).trim(),
    'the signing key': key.split('\n').find((line) => line.length > 40) ?? key,
  };
}

async function readRemains(data: string): Promise<string> {
  const texts: string[] = [];
  for (const [path, bytes] of await contentsBelow(join(data, 'jobs'))) {
    if (!path.endsWith('.zip')) texts.push(bytes.toString('latin1'));
    else
      for (const { name, kind } of await listArchive(join(data, 'jobs', path)))
        texts.push(kind === 'file' ? await contentOf(join(data, 'jobs', path), name) : name);
  }
  for (const [path, bytes] of await contentsBelow(join(data, 'mirrors/lab/pr/7')))
    texts.push(path, bytes.toString('latin1'));
  return texts.join('\n');
}

async function contentOf(archive: string, name: string): Promise<string> {
  return (await readArchiveFile(archive, name, { maxBytes: 500_000_000 })).toString('latin1');
}
