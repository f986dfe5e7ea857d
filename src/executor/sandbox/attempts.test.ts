import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { processesNaming } from '../../../test/support/processes-naming.ts';
import { tryMechanism } from './find-sandbox.ts';
import type { Mechanism } from './mechanism.ts';
import { mountsOf, type SandboxView } from './mounts.ts';
import { sandboxCommand } from './sandbox-command.ts';
import { syscallFilterIn } from './syscall-filter.ts';
import { systemPlaces } from './system-places.ts';

const isRoot = process.getuid?.() === 0;
const users = [{ user: isRoot ? 'root' : 'an ordinary user', ids: {} }];
if (isRoot) users.push({ user: 'nobody', ids: { uid: 65_534, gid: 65_534 } });
else process.stderr.write('skipped: sandboxes of other users; only root can run them\n');

const cases: { user: string; ids: { uid?: number; gid?: number }; name: string; mechanism: Mechanism }[] = [];
for (const name of ['bwrap', 'perl'] as const) {
  const mechanism = await tryMechanism(name);
  if (typeof mechanism === 'string') process.stderr.write(`skipped: sandboxes by ${name}: ${mechanism}\n`);
  else cases.push(...users.map((one) => ({ ...one, name, mechanism })));
}

const PATH = '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin';
const run = { uid: undefined as number | undefined, gid: undefined as number | undefined };
const strangers: ChildProcess[] = [];
let [folder, project] = ['', ''];

// A process that was traced stays stopped, and SIGTERM would only wait.
afterAll(() => strangers.forEach((one) => one.kill('SIGKILL')));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function makeFolder(ids: { uid?: number; gid?: number }): void {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'slipway-attempts-')));
  project = join(folder, 'jobs/1/project');
  for (const path of ['jobs/1/project', 'jobs/1/tmp', 'jobs/2/project', 'notary/keys', 'mirror', 'tools/private'])
    mkdirSync(join(folder, path), { recursive: true });
  for (const path of ['jobs/2/project/file', 'notary/keys/key', 'server-token', 'tools/private/token', 'tools/tool'])
    writeFileSync(join(folder, path), 'planted secret\n');
  const { uid, gid } = ids;
  if (uid !== undefined && gid !== undefined) spawnSync('chown', ['-R', `${uid}:${gid}`, folder]);
  [run.uid, run.gid] = [uid, gid];
}

function viewOf(more: Partial<SandboxView> = {}): SandboxView {
  const system = systemPlaces(folder);
  return {
    ...system,
    readable: [...system.readable, join(folder, 'tools')],
    writable: [project],
    hidden: [folder, join(folder, 'tools/private')],
    temporary: join(folder, 'jobs/1/tmp'),
    folder: project,
    network: 'slot',
    ...more,
  };
}

/** Runs a script by the same user and in the same folder, in a sandbox or without one. */
function attempt(script: string, mechanism?: Mechanism, more?: Partial<SandboxView>) {
  const words = ['bash', '-c', script];
  const filter = syscallFilterIn(folder);
  if (run.uid !== undefined && run.gid !== undefined) chownSync(filter, run.uid, run.gid);
  const enter = mechanism && sandboxCommand(mechanism, { view: viewOf(more), filter }, words);
  const [program = '', ...rest] = enter === undefined ? words : ['bash', '-c', enter];
  const { uid, gid } = run;
  const options = {
    cwd: project,
    env: { PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    uid,
    gid,
  } as const;
  const { status, stdout, stderr } = spawnSync(program, rest, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  return { isSuccess: status === 0, status, stdout, stderr };
}

/** A process of the same user that is no job's. */
function stranger(): number {
  const { uid, gid } = run;
  const child = spawn('sleep', ['600'], { env: { PLANTED: 'planted secret' }, stdio: 'ignore', uid, gid });
  strangers.push(child);
  return child.pid as number;
}

const perlCall = (...words: readonly (number | string)[]) => `perl -e 'exit(syscall(${words.join(', ')}) < 0)'`;

describe.skipIf(process.arch !== 'x64').each(cases)('a sandbox by $name that $user builds', ({ ids, mechanism }) => {
  beforeEach(() => makeFolder(ids));

  // Each succeeds without a sandbox.
  test.each([
    ['reads the keys of the notary', () => `cat ${folder}/notary/keys/key`],
    ['reads a token of the server', () => `cat ${folder}/server-token`],
    ['reads the workspace of another job', () => `cat ${folder}/jobs/2/project/file`],
    ['reads what is hidden in a folder that is shown', () => `cat ${folder}/tools/private/token`],
    [
      'reads it from below what hides it',
      () => `unshare -Urm sh -c 'umount $1 2>&1; cat $1/token' x ${folder}/tools/private`,
    ],
    [
      'reads the environment of another process',
      () => `: ${stranger()}; cat /proc/[0-9]*/environ | grep -aq PLANTED=planted`,
    ],
    ['sends signals to another process', () => `kill -0 ${stranger()}`],
    ['traces another process', () => perlCall(101, 16, stranger(), 0, 0)],
    ['writes to the mirror', () => `touch ${folder}/mirror/planted && [ -e ${folder}/mirror/planted ]`],
    ['writes to a folder that is shown', () => `touch ${folder}/tools/planted`],
    [
      'makes that folder writable',
      () => `unshare -Urm sh -c 'mount -o remount,bind,rw $1; touch $1/planted' x ${folder}/tools`,
    ],
    ['sees files in /tmp', () => `ls -d ${folder}/mirror`],
    ['makes a network namespace', () => 'unshare -Urn true'],
    ['uses keys of the kernel', () => perlCall(250, 0, '0 - 3', 0)],
    ['uses io_uring', () => `perl -e '$p = "\\0" x 120; exit(syscall(425, 1, $p) < 0)'`],
    ['uses sockets of other families', () => perlCall(41, 40, 1, 0)],
    ['calls the kernel by the numbers of x32', () => `perl -e 'syscall(0x40000000 + 39); exit($! == 1)'`],
  ])('never %s', (what, script) => {
    const text = script();
    const inside = attempt(text, mechanism);
    expect(inside.isSuccess, inside.stdout).toBe(false);
    expect(inside.stdout).not.toContain('planted secret');
    expect(inside.stderr).not.toContain('sandbox:');
    expect(existsSync(join(folder, 'mirror/planted'))).toBe(false);
    const outside = attempt(text);
    expect(outside, 'without a sandbox').toMatchObject({ isSuccess: true });
    expect(existsSync(join(folder, 'mirror/planted'))).toBe(what === 'writes to the mirror');
  });

  test('shows programs of the system, its own folder, an empty /tmp and no other process', () => {
    const script = 'id -u; git --version; pwd; ls -A /tmp | wc -l; ls -d /proc/[0-9]* | wc -l; echo made > file';
    const { stdout, stderr, status } = attempt(script, mechanism, { hidden: [] });
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    const [id, git, at, , processes] = stdout.split('\n');
    expect({ id, at }).toEqual({ id: String(run.uid ?? process.getuid?.()), at: project });
    expect(git).toMatch(/^git version/);
    expect(Number(processes)).toBeLessThan(6);
    expect(readFileSync(join(project, 'file'), 'utf8')).toBe('made\n');
  });

  test('has devices, shared memory and terminals, and no room in /dev', () => {
    const script =
      'head -c 4 /dev/urandom | wc -c; echo x > /dev/null; touch /dev/shm/file; ' +
      'perl -e \'open(my $p, "+<", "/dev/ptmx") or exit 1\' && touch /dev/x /new 2>/dev/null; echo $?';
    expect(attempt(script, mechanism)).toMatchObject({ stdout: '4\n1\n', stderr: '' });
  });

  test('lets a build make user and mount namespaces, and run processes and threads', () => {
    const script = [
      `unshare --user --map-root-user --mount --pid --fork sh -c 'mount -t tmpfs none /tmp && echo $$'`,
      `${process.execPath} -e 'new (require("worker_threads").Worker)("console.log(1 + 1)", { eval: true })'`,
      `perl -e 'for (1 .. 5) { fork // die }' 2>/dev/null & wait; echo done`,
    ].join('; ');
    const { stdout } = attempt(script, mechanism, { readable: [...systemPlaces(folder).readable, process.execPath] });
    expect(stdout).toBe('1\n2\ndone\n');
  });

  test('has no network but what it is given', () => {
    expect(Number(attempt('wc -l < /proc/net/dev', mechanism, { network: 'none' }).stdout)).toBe(3);
    const namespace = 'readlink /proc/self/ns/net';
    const { stdout } = attempt(namespace, mechanism, { network: 'slot' });
    expect(stdout).toMatch(/^net:/);
    expect(stdout).toBe(attempt(namespace).stdout);
  });

  test('returns the exit status, and that of a signal', () => {
    expect(attempt('exit 42', mechanism).status).toBe(42);
    expect(attempt('kill -KILL $$', mechanism).status).toBe(137);
  });

  test('ends with the process that built it, and all of its processes', async () => {
    const filter = syscallFilterIn(folder);
    if (run.uid !== undefined && run.gid !== undefined) chownSync(filter, run.uid, run.gid);
    const script = 'sleep 654 & echo ready; wait';
    const enter = sandboxCommand(mechanism, { view: viewOf(), filter }, ['bash', '-c', script]);
    const { uid, gid } = run;
    const child = spawn('bash', ['-c', enter], { cwd: project, env: { PATH, MARK: folder }, uid, gid });
    await once(child.stdout, 'data');
    expect((await processesNaming(folder)).length).toBeGreaterThan(2);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await expect.poll(() => processesNaming(folder)).toEqual([]);
  });
});

test('what does not exist is left out of a sandbox, and links lead where they lead outside', () => {
  makeFolder({});
  mkdirSync(join(folder, 'real/bin'), { recursive: true });
  symlinkSync('real', join(folder, 'name'));
  const view = viewOf({ readable: [join(folder, 'name/bin'), join(folder, 'nothing')], hidden: [] });
  expect(mountsOf(view).filter(({ path }) => path.startsWith(folder))).toEqual([
    { kind: 'link', path: join(folder, 'name'), target: 'real' },
    { kind: 'read', path: join(folder, 'real/bin'), source: join(folder, 'real/bin') },
    { kind: 'write', path: project, source: project },
  ]);
});
