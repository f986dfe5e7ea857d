import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { makeBase, packContainer } from '../../scripts/release/container.ts';
import { packArchive, packNpm } from '../../scripts/release/pack.ts';
import { messageOf } from '../../src/kit/index.ts';
import { packageRoot } from '../../src/kit/package-root.ts';
import { containersConf } from '../support/containers-conf.ts';
import { findPart } from '../support/part.ts';
import { freePort } from '../support/free-port.ts';
import { removeFolder } from '../support/remove-folder.ts';

const run = promisify(execFile);
const { version } = manifest;
const image = `localhost/slipway:${version}`;
const PROFILE = '/usr/share/containers/seccomp.json';
/** What `docs/operations/container.md` lists. */
const SYSTEM_CALLS = ['unshare', 'mount', 'umount2', 'pivot_root'];

/** How podman is started: by root, and by the user that `/etc/subuid` lists first. */
type Caller = 'root' | 'user';

const isRoot = process.getuid?.() === 0;
const [podman, runc, setpriv] = ['podman', 'runc', 'setpriv'].map((name) => findPart(name));
const givenBase = process.env.SLIPWAY_TEST_CONTAINER_BASE;
const canMake = givenBase !== undefined || findPart('mmdebstrap') !== undefined;
const canRun = isRoot && process.arch === 'x64' && podman !== undefined && runc !== undefined && canMake;
if (!isRoot) process.stderr.write('skipped: the container image; it is made and run by root\n');
const subordinate = await readFile('/etc/subuid', 'utf8').then(
  (text) => text.split(':')[0],
  () => undefined,
);
const hasUser = setpriv !== undefined && subordinate !== undefined && subordinate !== '';
if (!hasUser) process.stderr.write('skipped: the container image without root; no user has ids in /etc/subuid\n');

let folder: string;
let fault: string | undefined;

beforeAll(async () => {
  if (!canRun) return;
  // Podman takes a path of 50 characters at most.
  folder = await mkdtemp(join(tmpdir(), 'slipway-c-'));
  await chmod(folder, 0o755);
  const npm = await packNpm(packageRoot(), { version, to: folder });
  const packed = await packArchive(npm, { version, to: folder, arch: 'x64', scratch: folder, epoch: 0 });
  try {
    const base = givenBase ?? (await makeBase(folder, 0))?.tar ?? '';
    const commit = '0'.repeat(40);
    const options = { base, program: packed.folder, version, commit, epoch: 0, scratch: folder, to: folder };
    const archive = await packContainer(options);
    for (const caller of hasUser ? (['root', 'user'] as const) : (['root'] as const)) await load(caller, archive);
  } catch (error) {
    fault = messageOf(error);
    process.stderr.write(`skipped: the container image cannot be made or loaded here: ${fault.slice(0, 500)}\n`);
  }
});
afterAll(async () => {
  if (!canRun) return;
  for (const caller of ['root', 'user'] as const)
    await podmanAs(caller, 'system', 'reset', '--force').catch(() => undefined);
  await removeFolder(folder);
});

async function load(caller: Caller, archive: string): Promise<void> {
  const home = join(folder, caller);
  await mkdir(home);
  await writeFile(join(home, 'containers.conf'), containersConf(home));
  if (caller === 'user') await run('chown', ['-R', subordinate as string, home]);
  await podmanAs(caller, 'load', '--input', archive);
}

function commandOf(caller: Caller, words: readonly string[]) {
  const home = join(folder, caller);
  const env = { PATH: process.env.PATH, HOME: home, XDG_RUNTIME_DIR: home };
  const storage = ['--root', join(home, 'root'), '--runroot', join(home, 'run')];
  const command = [podman as string, ...storage, ...words];
  const asUser = [setpriv as string, `--reuid=${subordinate}`, `--regid=${subordinate}`, '--init-groups'];
  const prefix = caller === 'root' ? [] : asUser;
  const [program = '', ...rest] = [...prefix, ...command];
  return {
    program,
    words: rest,
    options: { cwd: folder, env: { ...env, CONTAINERS_CONF: join(home, 'containers.conf') } },
  };
}

async function podmanAs(caller: Caller, ...given: readonly string[]): Promise<string> {
  const { program, words, options } = commandOf(caller, given);
  const { stdout } = await run(program, words, { ...options, maxBuffer: 2 ** 26 });
  return stdout;
}

/** Runs Slipway in a new container of the image. */
const slipway = async (caller: Caller, options: readonly string[], ...words: readonly string[]) =>
  podmanAs(caller, 'run', '--rm', '--network=none', ...options, image, ...words);

/** The default profile of podman without some system calls. */
async function profileWithout(name: string): Promise<string> {
  const profile = JSON.parse(await readFile(PROFILE, 'utf8')) as { syscalls: { names: string[] }[] };
  for (const rule of profile.syscalls) rule.names = rule.names.filter((one) => one !== name);
  const file = join(folder, `without-${name}.json`);
  await writeFile(
    file,
    JSON.stringify({ ...profile, syscalls: profile.syscalls.filter(({ names }) => names.length > 0) }),
  );
  return file;
}

const unmasked = '--security-opt=unmask=ALL';
const callers: readonly Caller[] = hasUser ? ['root', 'user'] : ['root'];

describe.skipIf(!canRun)('the container image', () => {
  beforeEach((context) => context.skip(fault !== undefined, fault));

  test.each(callers)('has what the doctor looks for, and an ordinary user, if %s starts it', async (caller) => {
    const report = await slipway(caller, [unmasked], 'doctor');
    for (const part of ['Node.js', 'git', 'C compiler', 'make', 'namespaces', 'sandbox'])
      expect(report).toMatch(new RegExp(`^ok +${part}: `, 'm'));
    expect(await podmanAs(caller, 'run', '--rm', '--network=none', '--entrypoint=id', image, '-u')).toBe('1000\n');
  });

  test('has a doctor that names what podman has to allow', async () => {
    const report = await slipway('root', [], 'doctor');
    expect(report).toMatch(/^optional sandbox: not found/m);
    expect(report).toContain('Podman: `--security-opt unmask=ALL`');
  });

  test.skipIf(!existsSync(PROFILE)).each(SYSTEM_CALLS)('has no sandbox without the system call %s', async (name) => {
    const options = [unmasked, `--security-opt=seccomp=${await profileWithout(name)}`];
    expect(await slipway('root', options, 'doctor')).toMatch(/^optional sandbox: not found/m);
  });

  test('plays the demo', async () => {
    const report = await slipway(callers.at(-1) ?? 'root', [unmasked], 'demo', '--json');
    expect(JSON.parse(report.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
      pipelines: [{ status: 'success' }, { status: 'success' }, { status: 'success' }, { status: 'success' }],
      ran: expect.stringContaining('Moon, twice a day') as string,
    });
  });

  test.each(callers)('serves, and ends when it is stopped, if %s starts it', async (caller) => {
    const port = await freePort();
    const given = ['run', '--rm', '--network=host', '--name=served', unmasked, '--env', 'SLIPWAY_LISTEN'];
    const { program, words, options } = commandOf(caller, [...given, image]);
    const env = { ...options.env, SLIPWAY_LISTEN: `127.0.0.1:${port}` };
    const server = spawn(program, words, { ...options, env, stdio: 'inherit' });
    const ended = once(server, 'exit');
    const health = async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).text();
    await expect.poll(() => health().catch(messageOf)).toBe('ok\n');
    await podmanAs(caller, 'stop', '--time=300', 'served');
    expect((await ended)[0]).toBe(0);
  });
});
