import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDemoRepository, layOver } from '../../src/demo/demo-repository.ts';
import { packageRoot, programEntry } from '../../src/kit/package-root.ts';
import { dataFolder } from '../../src/coordinator/index.ts';
import { listEntries, folderStore } from '../../src/mirror/index.ts';
import { exportSigningKey, generateKey } from '../../src/notary/index.ts';
import { isClearsigned, readLockfile } from '../../src/spack/index.ts';
import { asStarted, killServer } from '../support/server-process.ts';
import { Database, createForgeLedger, createPipelineLedger } from '../../src/store/index.ts';

const STACK = 'first-light';
const KILLS = 20;
/** Milliseconds after its start within which a server is killed: the whole of a build, or none of it. */
const LONGEST_LIFE = 2500;

let folder: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-killed-'));
  const key = await generateKey({ name: 'Test', date: new Date(), algorithm: 'ed25519' });
  env = { ...asStarted, PATH: process.env.PATH, HOME: folder, SPACK_SIGNING_KEY: exportSigningKey(key).reveal() };
  const repository = await createDemoRepository(join(folder, 'git'), process.env.PATH);
  await layOver(join(packageRoot(), 'examples', STACK), repository);
  await repository.commitAndPush('main', 'Bring the stack');
  const configuration = {
    data: 'data',
    listen: '127.0.0.1:0',
    stacks: [{ name: STACK, remote: repository.remote, poll: 1 }],
  };
  await writeFile(join(folder, 'slipway.server.yaml'), JSON.stringify(configuration));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

interface Served {
  readonly child: ChildProcess;
  readonly url: string;
}

async function serve(): Promise<Served> {
  const child = spawn(process.execPath, [programEntry(), 'serve', '--log-level', 'error'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const url = /^listening on (\S+)$/.exec(line)?.[1];
    if (url !== undefined) return { child, url };
  }
  throw new Error('the server ended before it listened');
}

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

/**
 * Processes of jobs of this test, by number and words: those whose environment names its folder. Keepers are processes
 * that start those of jobs.
 */
async function processesOf(kind: 'jobs' | 'keepers'): Promise<readonly string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
    if (!environment.includes('SLIPWAY_JOB_MARKER=') || !environment.includes(folder)) continue;
    if (environment.includes('SLIPWAY_JOB_MARKER=keeper-') !== (kind === 'keepers')) continue;
    const words = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
    found.push(`${pid} ${words.replaceAll('\0', ' ')}`);
  }
  return found;
}

/** Waits for the image of `latest`, the last thing that the pipeline brings about. */
async function published(url: string): Promise<unknown> {
  for (;;) {
    const view = (await (await fetch(`${url}/api/v1/stacks/${STACK}`)).json()) as {
      images: { state: string }[];
      pipelines: { status: string }[];
    };
    const [image] = view.images;
    if (image !== undefined && image.state !== 'waiting') return image;
    if (view.pipelines.some(({ status }) => status === 'failed')) return view.pipelines;
    await sleep(100);
  }
}

test('a server killed at twenty random moments finishes the pipeline, and builds nothing again that was accepted', async () => {
  const moments: number[] = [];
  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = await processesOf('jobs');
    const { child } = await serve();
    const after = await processesOf('jobs');
    expect(
      after.filter((one) => before.includes(one)),
      'what jobs of the killed server left running is gone when the next one listens',
    ).toEqual([]);
    const moment = randomInt(LONGEST_LIFE);
    moments.push(moment);
    await sleep(moment);
    await killServer(child, join(folder, 'data'));
  }
  const last = await serve();
  const image = await published(last.url);
  await end(last.child);
  expect(image, `killed after ${moments.join(', ')} ms`).toMatchObject({ state: 'published' });
  expect(await processesOf('jobs')).toEqual([]);
  await expect.poll(() => processesOf('keepers')).toEqual([]);
  await expectWholeAndOnce();
});

/** Every package of the lock is on the mirror and signed; no run built a package after its entry was there. */
async function expectWholeAndOnce(): Promise<void> {
  const data = dataFolder(join(folder, 'data'));
  const database = new Database(data.database, { readonly: true });
  try {
    const pipelines = createPipelineLedger(database);
    const [record] = pipelines.list({ stack: STACK });
    expect(pipelines.list({ stack: STACK }).map(({ status }) => status)).toEqual(['success']);
    expect(createForgeLedger(database).publications(STACK)).toHaveLength(1);
    const lock = readLockfile(await readFile(data.lock(record?.lockDigest ?? ''), 'utf8'), 'spack.lock');
    const store = folderStore(data.mirror(STACK));
    const accepted = new Map<string, number>();
    for await (const { key, hash } of listEntries(store)) {
      expect(isClearsigned((await store.get(key))?.toString() ?? ''), key).toBe(true);
      accepted.set(hash, (await stat(join(data.mirror(STACK), key))).mtimeMs);
    }
    expect([...accepted.keys()].toSorted()).toEqual([...lock.nodes.keys()].toSorted());
    await expectNoBuildAfter(accepted, database, data);
  } finally {
    database.close();
  }
}

async function expectNoBuildAfter(
  accepted: ReadonlyMap<string, number>,
  database: Database,
  data: ReturnType<typeof dataFolder>,
): Promise<void> {
  const runs = database.all(
    "SELECT id, name, started_at FROM job_runs WHERE started_at IS NOT NULL AND name LIKE '% /%'",
  );
  expect(runs.length).toBeGreaterThanOrEqual(accepted.size);
  for (const { id, name, started_at: started } of runs) {
    const short = String(name).split('/').at(-1) ?? '';
    const [, entered = 0] = [...accepted].find(([hash]) => hash.startsWith(short)) ?? [];
    const log = await readFile(join(data.job(String(id)), 'trace.log'), 'utf8').catch(() => '');
    const hasBuilt = /: (build|install)$/m.test(log);
    expect(
      hasBuilt && Date.parse(String(started)) > entered,
      `${name}, run ${id}, was built though it was on the mirror`,
    ).toBe(false);
  }
}
