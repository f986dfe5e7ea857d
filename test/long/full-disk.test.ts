import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, mkdtemp, readFile, realpath, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { readAudit, verifyAudit } from '../../src/audit/index.ts';
import { createDemoRepository, type DemoRepository } from '../../src/demo/demo-repository.ts';
import { programEntry } from '../../src/kit/package-root.ts';
import { dataFolder } from '../../src/coordinator/index.ts';
import type { PipelineDetail, StackView, StatusView } from '../../src/protocol/index.ts';
import { applyChange, filesBelow, stackName, testSigningKey, type Change } from '../support/served-stack.ts';
import { smallStack } from '../support/small-stack.ts';
import { asStarted } from '../support/server-process.ts';

const MEBIBYTE = 2 ** 20;
const PACKAGE = 6 * MEBIBYTE;
const namespace = ['--user', '--map-root-user', '--mount'];
const mountTmpfs = 'mount -t tmpfs -o size=64m slipway-test "$0" && exec "$@"';

const canMount = spawnSync('unshare', [...namespace, 'sh', '-c', mountTmpfs, tmpdir(), 'true']).status === 0;
if (!canMount) process.stderr.write('skipped: the full disk needs a user namespace in which a tmpfs can be mounted\n');

let folder: string;
let repository: DemoRepository;
let server: ChildProcess;
let url: string;
/** The small disk as this process sees it: through the server, whose namespace has it. */
let disk: string;

beforeAll(async () => {
  if (!canMount) return;
  folder = await realpath(await mkdtemp(join(tmpdir(), 'slipway-disk-')));
  const mountPoint = join(folder, 'disk');
  await mkdir(mountPoint);
  repository = await createDemoRepository(join(folder, 'git'), process.env.PATH);
  const configuration = {
    data: join(mountPoint, 'data'),
    listen: '127.0.0.1:0',
    stacks: [{ name: stackName, remote: repository.remote, poll: 1 }],
    // Its recipes report to this test by files outside of the disk.
    runners: [{ name: 'embedded', embedded: true, sandbox: 'never' }],
  };
  await writeFile(join(folder, 'slipway.server.yaml'), JSON.stringify(configuration));
  const serve = [process.execPath, programEntry(), 'serve', '--log-level', 'silent'];
  const env = { ...asStarted, PATH: process.env.PATH, SPACK_SIGNING_KEY: await testSigningKey() };
  server = spawn('unshare', [...namespace, 'sh', '-c', mountTmpfs, mountPoint, ...serve], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: server.stdout as NodeJS.ReadableStream })) {
    url = /^listening on (\S+)$/.exec(line)?.[1] ?? '';
    if (url !== '') break;
  }
  disk = `/proc/${server.pid}/root${mountPoint}`;
});
afterAll(async () => {
  if (!canMount) return;
  const exited = once(server, 'exit');
  server.kill('SIGTERM');
  await exited;
  await rm(folder, { recursive: true, force: true });
});

async function push(change: Change): Promise<string> {
  await applyChange(repository.work, change);
  await repository.git('add', '--all');
  await repository.git('commit', '--quiet', '--allow-empty', '--message', 'Change main');
  await repository.git('push', '--quiet', 'origin', 'HEAD:main');
  return repository.git('rev-parse', 'HEAD');
}

async function ask<T>(path: string): Promise<T> {
  return (await (await fetch(`${url}/api/v1${path}`)).json()) as T;
}

async function finalStatus(sha: string): Promise<StatusView> {
  for (;;) {
    const { branches } = await ask<StackView>(`/stacks/${stackName}`);
    const status = branches.find(({ name }) => name === 'main')?.status;
    if (status?.sha === sha && status.state !== 'pending') return status;
    await sleep(100);
  }
}

/** Waits for a file by which a recipe says how far its step is. */
async function appears(file: string): Promise<void> {
  while ((await readFile(file).catch(() => undefined)) === undefined) await sleep(20);
}

/** Fills the disk but for so many bytes; gives how to make room again. */
async function fill(leave: number): Promise<() => Promise<void>> {
  const filler = join(disk, 'filler');
  const { bavail, bsize } = await statfs(disk);
  await appendFile(filler, Buffer.alloc(bavail * bsize - leave)).catch((error: NodeJS.ErrnoException) => {
    // The server writes at the same time: what it took since the disk was asked makes it full all the sooner.
    if (error.code !== 'ENOSPC') throw error;
  });
  const makeRoom = () => rm(filler, { force: true });
  // Also for a test that fails, or the next one would wait for room for ever.
  onTestFinished(makeRoom);
  return makeRoom;
}

/** What readers of the mirror see: the server's own record of it, `.slipway`, is written at other times too. */
async function mirror(): Promise<ReadonlyMap<string, string>> {
  const files = await filesBelow(dataFolder(join(disk, 'data')).mirror(stackName));
  return new Map([...files].filter(([key]) => !key.startsWith('.slipway/')));
}

/** The log of a job of the newest pipeline's child. */
async function logOf(name: string): Promise<string> {
  const { pipelines } = await ask<StackView>(`/stacks/${stackName}`);
  const { children } = await ask<PipelineDetail>(`/pipelines/${pipelines[0]?.id}`);
  const job = children.flatMap(({ jobs }) => jobs).find((one) => one.name.startsWith(name));
  return (await fetch(`${url}/api/v1/jobs/${job?.id}/log`)).text();
}

/** A package of incompressible bytes, which stops until it is released. */
function bulky(gate: string): string {
  return [
    'name: bulky',
    'version: "1.0"',
    'install: |',
    `  touch "${gate}.begun"`,
    `  while [ ! -e "${gate}.go" ]; do sleep 0.05; done`,
    `  head -c ${PACKAGE} /dev/urandom > "$PREFIX/bytes" || { touch "${gate}.failed"; exit 1; }`,
    '',
  ].join('\n');
}

test.skipIf(!canMount)(
  'a disk that is full when a package is pushed fails the job alone, and room cures it',
  async () => {
    expect(await finalStatus(await push(smallStack))).toMatchObject({ state: 'success' });
    const before = await mirror();
    const gate = join(folder, 'gate');
    const head = await push({
      'recipes/bulky.yaml': bulky(gate),
      'spack.yaml': 'spack:\n  specs: [tool, other, bulky]\n',
    });
    await appears(`${gate}.begun`);
    // Room for the prefix and the tarball, but not for the tarball's way through the gateway.
    const makeRoom = await fill(2 * PACKAGE + 2 * MEBIBYTE);
    await writeFile(`${gate}.go`, '');

    const { state, description } = await finalStatus(head);
    expect({ state, description }).toEqual({
      state: 'failure',
      description: expect.stringMatching(/^bulky@1\.0 failed \[\w+\]: bulky@1\.0 /),
    });
    const log = await logOf('bulky@1.0');
    expect(log).toMatch(
      /error: bulky@1\.0 was built, but could not be pushed .* the disk of `.*\/disk\/data\/[^`]*` is full\. Free space there, .*retry the job\. \[BUILD_PUSH_FAILED\]/,
    );
    expect(await mirror()).toEqual(before);
    expect((await fetch(`${url}/mirrors/${stackName}/v3/layout.json`)).status).toBe(200);

    await makeRoom();
    expect(await finalStatus(await push({}))).toMatchObject({ state: 'success' });
    expect([...(await mirror()).keys()].filter((key) => key.includes('/bulky-1.0-'))).toHaveLength(1);
  },
);

test.skipIf(!canMount)(
  'a disk without any room holds the pipeline up, and the server lives on until there is some',
  async () => {
    const before = await mirror();
    const gate = join(folder, 'second-gate');
    const head = await push({ 'recipes/bulky.yaml': bulky(gate) });
    await appears(`${gate}.begun`);
    const makeRoom = await fill(0);
    await writeFile(`${gate}.go`, '');
    await appears(`${gate}.failed`);
    expect(await mirror()).toEqual(before);
    expect(server.exitCode, 'the server runs').toBeNull();
    expect((await fetch(`${url}/mirrors/${stackName}/v3/layout.json`)).status).toBe(200);

    const hook = async () => (await fetch(`${url}/hooks/git/${stackName}`, { method: 'POST' })).status;
    const answers: number[] = [];
    while (answers.at(-1) !== 507 && answers.length < 90) {
      // The files of the job no longer take up space.
      await fill(0);
      answers.push(await hook());
    }
    expect(answers.at(-1), 'what cannot be recorded is not done').toBe(507);
    const audit = dataFolder(join(disk, 'data')).audit;
    const recorded = () => [...readAudit(audit, { action: 'hook.git', outcome: 'done' })].length;
    const count = recorded();
    expect(count, 'what was done is recorded').toBe(answers.filter((status) => status === 202).length);

    await makeRoom();
    expect(await hook()).toBe(202);
    expect(recorded()).toBe(count + 1);
    verifyAudit(audit);
    // Whether the job failed for it, or began again once there was room: either way it has ended.
    expect((await finalStatus(head)).state).toMatch(/^(?:failure|success)$/);
    expect(await finalStatus(await push({}))).toMatchObject({ state: 'success' });
  },
);
