import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDemoRepository, type DemoRepository } from '../../src/demo/demo-repository.ts';
import { sha256 } from '../../src/kit/index.ts';
import { programEntry } from '../../src/kit/package-root.ts';
import { openServer, type RunningServer } from '../../src/server/assembly/open-server.ts';
import { settingsOf } from '../../src/coordinator/configuration/server-settings.ts';
import type { Publication, StatusRecord } from '../../src/coordinator/index.ts';
import { contentsBelow } from './contents-below.ts';
import { removeFolder } from './remove-folder.ts';
import { silentLogger } from './silent-logger.ts';
import { exportSigningKey, generateKey } from '../../src/notary/index.ts';

export const stackName = 'small-stack';

/** What a commit changes: texts by path; `undefined` takes a file away. */
export type Change = Readonly<Record<string, string | undefined>>;

/** A server in this process, a repository that it watches, and what a test asks about both. */
export interface ServedStack {
  readonly folder: string;
  readonly repository: DemoRepository;
  readonly server: RunningServer;
  /** Starts a branch again from main, commits the change and pushes it; gives the commit's SHA. */
  push(branch: string, change: Change): Promise<string>;
  /** Makes the server look, and waits for the status with which a commit ends. */
  finalStatus(sha: string, context?: string): Promise<StatusRecord>;
  /** Jobs of a commit's newest pipeline and of its children, by name, with their states and logs. */
  jobs(sha: string): Promise<ReadonlyMap<string, JobSeen>>;
  publications(): readonly Publication[];
  /** SHA-256 of each file of the mirror, by its key. */
  mirror(): Promise<ReadonlyMap<string, string>>;
  close(): Promise<void>;
}

export interface JobSeen {
  readonly status: string;
  readonly failureReason: string | undefined;
  readonly log: string;
}

/** An ed25519 key in the form of `SPACK_SIGNING_KEY`: quick to make. */
export async function testSigningKey(): Promise<string> {
  return exportSigningKey(await generateKey({ name: 'Test', date: new Date(), algorithm: 'ed25519' })).reveal();
}

export interface ServeOptions {
  /** Of the stack and of the server's configuration, beside what every test has. */
  readonly stack?: Partial<Given['stacks'][number]>;
  readonly server?: Partial<Given>;
  /** The server's environment, for the secrets that the configuration names. */
  readonly env?: Readonly<Record<string, string>>;
  /** What `main` has before the server starts. */
  readonly files?: Change;
}

type Given = Required<Parameters<typeof settingsOf>[0]>;

/** Opens a server on a repository of its own, with a folder that `close` takes away. */
export async function serveStack(options: ServeOptions = {}): Promise<ServedStack> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'slipway-served-')));
  const repository = await createDemoRepository(join(folder, 'git'), process.env.PATH);
  if (options.files !== undefined) await pushChange(repository, 'main', options.files);
  const env = { PATH: process.env.PATH, SPACK_SIGNING_KEY: await testSigningKey(), ...options.env };
  const stacks = [{ name: stackName, remote: repository.remote, poll: 0, ...options.stack }];
  const settings = settingsOf({ data: join(folder, 'data'), listen: '127.0.0.1:0', ...options.server, stacks }, env);
  const opening = openServer({ settings, env, log: silentLogger, version: '0', entry: programEntry() });
  const server = await opening.catch(async (error: unknown) => {
    await removeFolder(folder);
    throw error;
  });
  return {
    folder,
    repository,
    server,
    push: (branch, change) => pushChange(repository, branch, change),
    finalStatus: (sha, context = 'slipway') => finalStatus(server, sha, context),
    jobs: (sha) => jobsOf(server, sha),
    publications: () => server.coordinator.context.ledger.publications(stackName),
    mirror: () => filesBelow(server.folder.mirror(stackName)),
    close: async () => {
      await server.stop();
      await removeFolder(folder);
    },
  };
}

/** Writes files into a work tree, or takes them away. */
export async function applyChange(work: string, change: Change): Promise<void> {
  for (const [name, text] of Object.entries(change)) {
    const path = join(work, name);
    await mkdir(dirname(path), { recursive: true });
    await (text === undefined ? rm(path) : writeFile(path, text));
  }
}

/** SHA-256 of each file below a folder, by its path. */
export async function filesBelow(folder: string): Promise<ReadonlyMap<string, string>> {
  return new Map([...(await contentsBelow(folder))].map(([path, bytes]) => [path, sha256(bytes)]));
}

async function pushChange(repository: DemoRepository, branch: string, change: Change): Promise<string> {
  await repository.git('checkout', '--quiet', 'main');
  if (branch !== 'main') await repository.git('checkout', '--quiet', '-B', branch);
  await applyChange(repository.work, change);
  await repository.git('add', '--all');
  await repository.git('commit', '--quiet', '--allow-empty', '--message', `Change ${branch}`);
  await repository.git('push', '--quiet', '--force', 'origin', `HEAD:${branch}`);
  return repository.git('rev-parse', 'HEAD');
}

async function finalStatus(server: RunningServer, sha: string, context: string): Promise<StatusRecord> {
  server.wake(stackName);
  for (;;) {
    const statuses = server.coordinator.context.ledger.statuses(stackName);
    const found = statuses.find((one) => one.sha === sha && one.context === context);
    if (found !== undefined && found.state !== 'pending') return found;
    await sleep(20);
  }
}

async function jobsOf(server: RunningServer, sha: string): Promise<ReadonlyMap<string, JobSeen>> {
  const { pipelines } = server.coordinator.context;
  const top = pipelines.list({ stack: stackName }).filter((one) => one.head === sha);
  const family = [...top, ...top.flatMap(({ id }) => pipelines.children(id))];
  const found = new Map<string, JobSeen>();
  for (const { id, name, status, failureReason } of family.flatMap((record) => pipelines.runs(record.id))) {
    const log = await readFile(join(server.folder.job(id), 'trace.log'), 'utf8').catch(() => '');
    found.set(name.split(' ')[0] as string, { status, failureReason, log });
  }
  return found;
}
