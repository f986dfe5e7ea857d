import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, readdir, realpath, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDemoRepository, layOver, type DemoRepository } from '../../src/demo/demo-repository.ts';
import { attemptProgram, ifExists } from '../../src/kit/index.ts';
import { packageRoot, programEntry } from '../../src/kit/package-root.ts';
import { findPart } from '../support/part.ts';
import { removeFolder } from '../support/remove-folder.ts';
import { testSigningKey } from '../support/served-stack.ts';
import { listenings, serverPid, untilGone } from '../support/server-process.ts';

const SERVER = 'nobody';
const NOTARY = 'daemon';
const env = { PATH: process.env['PATH'], HOME: '/root' };

/** The ids of an account that every Linux has; undefined with the reason on stderr where it cannot be used. */
async function accountOf(name: string): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0 || findPart('getent') === undefined) return undefined;
  const [, , uid = '', gid = ''] = (await attemptProgram('getent', ['passwd', name], { env })).text.split(':');
  const user = { uid: Number(uid), gid: Number(gid) };
  const words = ['-e', 'require("node:fs").accessSync(process.argv[1])', programEntry()];
  const found = uid !== '' && (await attemptProgram(process.execPath, words, { env, cwd: '/', user })).isSuccess;
  return found ? user : undefined;
}

const [server, notary] = [await accountOf(SERVER), await accountOf(NOTARY)];
const canSplit = server !== undefined && notary !== undefined;
if (!canSplit)
  process.stderr.write(`skipped: two users need root, getent, and a checkout that ${SERVER} and ${NOTARY} can read\n`);

interface Site {
  readonly folder: string;
  readonly repository: DemoRepository;
  readonly data: string;
}

async function createSite(configuration: object): Promise<Site> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'slipway-users-')));
  await chmod(folder, 0o755);
  const repository = await createDemoRepository(join(folder, 'git'), env.PATH);
  const stacks = [{ name: 'lab', remote: repository.remote, poll: 1 }];
  const own = { data: 'data', listen: '127.0.0.1:0', users: { server: SERVER, notary: NOTARY }, stacks };
  await writeFile(join(folder, 'slipway.server.yaml'), JSON.stringify({ ...own, ...configuration }));
  return { folder, repository, data: join(folder, 'data') };
}

function serve({ folder }: Site, key?: string): ChildProcess {
  return spawn(process.execPath, [programEntry(), 'serve', '--log-level', 'error'], {
    cwd: folder,
    env: { ...env, ...(key === undefined ? {} : { SPACK_SIGNING_KEY: key }) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function slipway({ folder }: Site, ...words: readonly string[]) {
  return attemptProgram(process.execPath, [programEntry(), ...words], { env, cwd: folder });
}

/** Real, effective and further ids of a process. */
async function idsOf(pid: number) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const numbers = (field: string) =>
    (new RegExp(`^${field}:(.*)$`, 'm').exec(status)?.[1] ?? 'none').trim().split(/\s+/).filter(Boolean).map(Number);
  return { uids: new Set(numbers('Uid')), gids: new Set(numbers('Gid')), groups: numbers('Groups') };
}

const only = (account: { uid: number; gid: number } | undefined, gid = account?.gid) => ({
  uids: new Set([account?.uid]),
  gids: new Set([gid]),
  groups: [],
});

/** Owners of a folder and of everything in it. */
async function ownersIn(folder: string): Promise<ReadonlySet<number>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = [folder, ...entries.map(({ parentPath, name }) => join(parentPath, name))];
  // A server that runs renames and removes files meanwhile.
  const found = await Promise.all(paths.map(async (path) => ifExists(stat(path))));
  return new Set(found.flatMap((one) => one?.uid ?? []));
}

describe.skipIf(!canSplit)('a server that root starts', () => {
  let site: Site;
  let keeper: ChildProcess;
  let urls: ReturnType<typeof listenings>;
  let url = '';
  const notaryPid = async () =>
    (JSON.parse(await readFile(join(site.data, 'notary/server.lock'), 'utf8')) as { pid: number }).pid;
  beforeAll(async () => {
    site = await createSite({});
    await layOver(join(packageRoot(), 'examples/first-light'), site.repository);
    await site.repository.commitAndPush('main', 'Bring the stack');
    keeper = serve(site, await testSigningKey());
    keeper.stderr?.resume();
    urls = listenings(keeper);
    url = String((await urls.next()).value);
  });
  afterAll(async () => {
    const exited = once(keeper, 'exit');
    keeper.kill('SIGTERM');
    await exited;
    await removeFolder(site.folder);
  });

  /** Waits until another process than an earlier one is the notary. */
  async function untilNotaryAfter(earlier: number): Promise<void> {
    while ((await notaryPid().catch(() => earlier)) === earlier) await sleep(20);
  }

  async function finished(count: number): Promise<string | undefined> {
    for (;;) {
      const { pipelines } = (await (await fetch(`${url}/api/v1/pipelines?stack=lab`)).json()) as {
        pipelines: readonly { status: string; finishedAt?: string }[];
      };
      const ended = pipelines.filter(({ finishedAt }) => finishedAt !== undefined);
      if (ended.length >= count) return ended[0]?.status;
      await sleep(200);
    }
  }

  test('runs as one user and its notary as another, without rights and further groups', async () => {
    expect(await idsOf(await serverPid(site.data))).toEqual(only(server));
    expect(await idsOf(await notaryPid())).toEqual(only(notary, server?.gid));
    expect(await ownersIn(join(site.data, 'notary'))).toEqual(new Set([notary?.uid]));
    expect((await stat(join(site.data, 'notary'))).mode & 0o777).toBe(0o700);
    expect((await stat(site.data)).mode & 0o777).toBe(0o710);
  });

  test('keeps the key out of the environment of the server', async () => {
    const environment = await readFile(`/proc/${await serverPid(site.data)}/environ`, 'utf8');
    expect(environment).toContain('HOME=');
    expect(environment).not.toMatch(/SPACK_SIGNING_KEY|HOME=\/root/);
  });

  test('builds, and the notary signs what it reads on the mirror', async () => {
    expect(await finished(1)).toBe('success');
    const keys = await slipway(site, 'key', 'export');
    await writeFile(join(site.folder, 'keys.asc'), keys.text);
    const mirror = join(site.data, 'mirrors/lab');
    const verified = await slipway(site, 'mirror', 'verify', mirror, '--keys', 'keys.asc');
    expect([verified.output, verified.exitCode]).toEqual([expect.any(String), 0]);
    expect(await ownersIn(mirror)).toEqual(new Set([server?.uid]));
  });

  test('cannot read the keys or end the notary, with all rights of its user', async () => {
    const asServer = { env, cwd: '/', ...(server && { user: server }) };
    const [pid, keys] = [await notaryPid(), join(site.data, 'notary/keys')];
    for (const attempt of [
      `ls ${keys}`,
      `cat ${site.data}/notary/address.json`,
      `kill -9 ${pid}`,
      `cat /proc/${pid}/environ`,
    ])
      expect((await attemptProgram('sh', ['-c', attempt], asServer)).isSuccess, attempt).toBe(false);
    expect(await notaryPid()).toBe(pid);
    // The control: root can.
    expect((await attemptProgram('sh', ['-c', `ls ${keys} && kill -0 ${pid}`], { env })).isSuccess).toBe(true);
  });

  test('starts again, and its notary too, each as its user after kill -9', async () => {
    const [first, signing] = [await serverPid(site.data), await notaryPid()];
    for (const pid of [first, signing]) process.kill(pid, 'SIGKILL');
    await Promise.all([first, signing].map(untilGone));
    expect((await urls.next()).value).toBe(url);
    await untilNotaryAfter(signing);
    expect(await idsOf(await serverPid(site.data))).toEqual(only(server));
    expect(await idsOf(await notaryPid())).toEqual(only(notary, server?.gid));
  });

  test('reads its configuration again at a hangup, with a notary that knows the stacks', async () => {
    const [first, signing] = [await serverPid(site.data), await notaryPid()];
    keeper.kill('SIGHUP');
    await Promise.all([first, signing].map(untilGone));
    expect((await urls.next()).value).toBe(url);
    await untilNotaryAfter(signing);
    expect(await idsOf(await notaryPid())).toEqual(only(notary, server?.gid));
  });

  test('works with what root’s commands write: another key, and a token', async () => {
    expect((await slipway(site, 'key', 'rotate', '--images')).output).toContain('signs from now on');
    expect((await slipway(site, 'token', 'create', '--name', 'ci', '--all-stacks')).output).toContain('Token 1');
    expect(await ownersIn(join(site.data, 'notary'))).toEqual(new Set([notary?.uid]));
    for (const owned of ['audit', 'keys'])
      expect(await ownersIn(join(site.data, owned))).toEqual(new Set([server?.uid]));
    await writeFile(join(site.repository.work, 'README.md'), 'changed\n');
    await site.repository.commitAndPush('main', 'Change a file');
    expect(await finished(2)).toBe('success');
  });
});

const hasNamespace = (await attemptProgram('unshare', ['--user', '--map-root-user', 'true'], { env })).isSuccess;
if (!hasNamespace) process.stderr.write('skipped: this machine has no user namespaces\n');

test.skipIf(!hasNamespace)('root of a user namespace is the user outside, and needs no others', async () => {
  const site = await createSite({ users: undefined });
  const words = ['--user', '--map-root-user', process.execPath, programEntry(), 'serve', '--log-level', 'error'];
  const child = spawn('unshare', words, { cwd: site.folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const url = String((await listenings(child).next()).value);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
  await removeFolder(site.folder);
});

describe.skipIf(process.getuid?.() !== 0)('root is refused', () => {
  async function refused(configuration: object, prepare: (site: Site) => Promise<unknown> = async () => undefined) {
    const site = await createSite(configuration);
    await prepare(site);
    const result = await slipway(site, 'serve');
    await removeFolder(site.folder);
    return { exitCode: result.exitCode, output: result.output.replaceAll(site.folder, '<folder>') };
  }

  test('without the two users, with the commands that create them', async () => {
    const { exitCode, output } = await refused({ users: { server: 'no-such-user', notary: 'no-such-notary' } });
    expect(exitCode).toBe(2);
    expect(output).toContain('`no-such-user`, `no-such-notary`');
    expect(output).toMatch(/^ {2}useradd --system .* no-such-user$/m);
    expect(output).toMatch(/^ {2}useradd --system .* no-such-notary$/m);
    expect(output).toContain('users: none');
  });

  test.each([
    ['root', NOTARY],
    [SERVER, SERVER],
  ])('with %s and %s', async (one, other) => {
    const { output } = await refused({ users: { server: one, notary: other } });
    expect(output).toContain('SERVER_USERS_UNFIT');
  });

  test.skipIf(!canSplit)('with a folder of another user, with the command that gives it away', async () => {
    const started = (site: Site) => slipway(site, 'key', 'rotate', '--folder', join(site.data, 'notary'));
    const { exitCode, output } = await refused({}, started);
    expect(exitCode).toBe(2);
    expect(output).toContain(`\`<folder>/data\` belongs to the user with id 0, but must belong to \`${SERVER}\``);
    expect(output).toContain(`chown -R ${SERVER}: <folder>/data; chown -R ${NOTARY}:`);
  });
});
