import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { packageRoot } from '../../src/kit/package-root.ts';
import { findPart } from '../support/part.ts';
import { removeFolder } from '../support/remove-folder.ts';
import { reportOf, runDemo, type DemoPlace, type FinishedDemo } from '../support/run-demo.ts';
import { faultOf, forbiddingWays } from '../support/without-namespaces.ts';

const run = promisify(execFile);

const isRoot = process.getuid?.() === 0;
const canPlay = isRoot && ['cc', 'make', 'setpriv', 'perl', 'npm'].every((name) => findPart(name) !== undefined);
if (!isRoot) process.stderr.write('skipped: the demo as other users; only root can run it as them\n');

const users = { root: [], nobody: ['setpriv', '--reuid=nobody', '--clear-groups'] };

let folder: string;
let checkout: string;

/** A clone of what is committed, prepared as the README says. */
beforeAll(async () => {
  if (!canPlay) return;
  folder = await mkdtemp(join(tmpdir(), 'slipway-demo-places-'));
  checkout = join(folder, 'checkout');
  await run('git', ['clone', '--quiet', packageRoot(), checkout]);
  await run('npm', ['ci', '--prefer-offline'], { cwd: checkout });
  await run('chown', ['-R', 'nobody', folder]);
  await chmod(folder, 0o755);
});
afterAll(async () => {
  if (canPlay) await removeFolder(folder);
});

/** A network in which users may listen on ports from 80 on, and the user keeps their own id. */
const withLowPorts = [
  ...'unshare --user --map-current-user --keep-caps --net sh -c'.split(' '),
  'ip link set lo up && echo 80 > /proc/sys/net/ipv4/ip_unprivileged_port_start && ' +
    'exec setpriv --inh-caps=-all --ambient-caps=-all "$@"',
  'sh',
];

/** Hides `mount` and `unshare` in all folders of the system's programs. */
const withoutMount = [
  ...'unshare --mount sh -c'.split(' '),
  'for file in /usr/bin/unshare /bin/unshare /usr/bin/mount /bin/mount; do ' +
    '[ ! -x "$file" ] || mount --bind /dev/null "$file" || exit; done; exec "$@"',
  'sh',
];

async function play(
  prefix: readonly string[],
  { node, options }: Pick<DemoPlace, 'node' | 'options'> = {},
): Promise<FinishedDemo> {
  const temporary = await mkdtemp(join(folder, 'temporary-'));
  if (prefix.includes('setpriv')) await run('chown', ['nobody', temporary]);
  const demo = await runDemo({ checkout, temporary, prefix, node, options });
  expect(reportOf(demo)).toMatchObject({
    pipelines: [{ status: 'success' }, { status: 'success' }, { status: 'success' }, { status: 'success' }],
    ran: expect.stringContaining('Moon, twice a day') as string,
  });
  expect({ exitCode: demo.exitCode, leftover: demo.leftover }).toEqual({ exitCode: 0, leftover: [] });
  return demo;
}

describe.skipIf(!canPlay)('the demo of a clean clone', () => {
  test.each(Object.entries(users))('works as %s', async (_, prefix) => {
    expect((await play(prefix)).stderr).not.toContain('sandbox');
  });

  test('works as `nobody` with Node.js below /home', async () => {
    const home = await mkdtemp('/home/slipway-demo-');
    onTestFinished(() => removeFolder(home));
    await chmod(home, 0o755);
    await mkdir(join(home, '.nvm/bin'), { recursive: true });
    const node = join(home, '.nvm/bin/node');
    await copyFile(process.execPath, node);
    await chmod(node, 0o755);
    expect((await play([...users.nobody, 'env', `HOME=${home}`], { node })).stderr).not.toContain('sandbox');
  });

  test.skipIf(findPart('ip') === undefined)('works as `nobody` on a port below 1024', async () => {
    const { stderr } = await play([...users.nobody, ...withLowPorts], { options: ['--listen', '127.0.0.1:80'] });
    expect(stderr).not.toContain('sandbox');
  });

  test.each(Object.entries(users))('works as %s where `mount` and `unshare` are missing', async (_, user) => {
    const { stderr } = await play([...withoutMount, ...user]);
    expect(stderr).toContain('(the system has no unshare, mount). The demo runs its own code without one');
    expect(stderr).toContain('Install unshare, mount (Debian: `apt-get install util-linux mount`).');
  });

  describe.each(['limit', 'docker', 'apparmor'] as const)('where namespaces are forbidden as by %s', (way) => {
    test.each(Object.entries(users))(
      'works as %s, states that it has no sandbox, and prints the fix',
      async (_, user) => {
        const fault = faultOf(way, user);
        if (fault !== undefined)
          return void process.stderr.write(`skipped: namespaces forbidden by ${way}: ${fault}\n`);
        const { stderr } = await play([...user, ...forbiddingWays[way]]);
        expect(stderr).toContain('The demo runs its own code without one (`sandbox: never`)');
        expect(stderr).toContain('a server of yours holds its jobs');
        const fixes = { limit: 'sysctl -w user.max_user_namespaces', docker: 'seccomp=unconfined', apparmor: '' };
        expect(stderr).toContain(fixes[way]);
      },
    );
  });
});
