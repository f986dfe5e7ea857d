import { execFile } from 'node:child_process';
import { access, chmod, mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { packArchive, packNpm } from '../../scripts/release/pack.ts';
import { packageRoot } from '../../src/kit/package-root.ts';
import { findPart } from '../support/part.ts';
import { removeFolder } from '../support/remove-folder.ts';
import { reportOf, runDemo } from '../support/run-demo.ts';

const run = promisify(execFile);

const needed = ['cc', 'make', 'setpriv', 'unshare', 'perl', 'npm', 'node'];
const canPlay = process.getuid?.() === 0 && needed.every((name) => findPart(name) !== undefined);
if (process.getuid?.() !== 0) process.stderr.write('skipped: installed packages; only root runs them as `nobody`\n');

const { version } = manifest;
let folder: string;
let npm: string;

beforeAll(async () => {
  if (!canPlay) return;
  folder = await mkdtemp(join(tmpdir(), 'slipway-packed-'));
  await chmod(folder, 0o755);
  npm = await packNpm(packageRoot(), { version, to: folder });
});
afterAll(async () => {
  if (canPlay) await removeFolder(folder);
});

/** Hides Node.js of the machine; what is run is in the mount namespace of this one command. */
const withoutNode = [
  ...'unshare --mount sh -c'.split(' '),
  'IFS=:; for folder in $PATH; do for name in node nodejs npm; do ' +
    'if [ -e "$folder/$name" ]; then mount --bind /dev/null "$(readlink -f "$folder/$name")"; fi; done; done; ' +
    'unset IFS; ! node --version 2>/dev/null || exit 9; exec "$@"',
  'sh',
];

interface Installation {
  readonly checkout: string;
  readonly program: string;
  readonly prefix?: readonly string[];
}

/** Runs the demo as `nobody`, who can write only to a home and a temporary folder. */
async function expectDemo({ checkout, program, prefix = [] }: Installation): Promise<void> {
  const [home, temporary] = [await mkdtemp(join(folder, 'home-')), await mkdtemp(join(folder, 'temporary-'))];
  await run('chown', ['nobody', home, temporary]);
  const asNobody = [...prefix, 'setpriv', '--reuid=nobody', '--clear-groups', 'env', `HOME=${home}`];
  const shown = await run(asNobody[0] as string, [...asNobody.slice(1), program, '--version'], { cwd: folder });
  expect(shown).toEqual({ stdout: `${version}\n`, stderr: '' });
  const demo = await runDemo({ checkout, program, temporary, prefix: asNobody });
  expect(reportOf(demo)).toMatchObject({
    pipelines: [{ status: 'success' }, { status: 'success' }, { status: 'success' }, { status: 'success' }],
    ran: expect.stringContaining('Moon, twice a day') as string,
  });
  expect(demo.stderr).not.toContain('sandbox');
  expect({ exitCode: demo.exitCode, leftover: demo.leftover }).toEqual({ exitCode: 0, leftover: [] });
}

async function makeReadOnly(installed: string): Promise<void> {
  await run('chown', ['-R', 'root:root', installed]);
  await run('chmod', ['-R', 'u+rX,go=rX,a-w', installed]);
}

describe.skipIf(!canPlay)('the demo as `nobody`, of a read-only installation', () => {
  test('of the npm package', async () => {
    const installed = join(folder, 'npm');
    await mkdir(installed);
    await run('npm', ['install', '--prefer-offline', '--no-audit', '--ignore-scripts', '--prefix', installed, npm]);
    await makeReadOnly(installed);
    const checkout = join(installed, 'node_modules/slipway');
    // It is under the LGPL, so it stays files of its own.
    expect(await readFile(join(checkout, 'dist/third-party-licenses.txt'), 'utf8')).not.toMatch(/^openpgp /m);
    await access(join(installed, 'node_modules/openpgp/LICENSE'));
    await expectDemo({ checkout, program: join(installed, 'node_modules/.bin/slipway') });
  });

  test.skipIf(process.arch !== 'x64')('of the archive for x86-64, on a machine without Node.js', async () => {
    const scratch = join(folder, 'scratch');
    await mkdir(scratch);
    const { archive } = await packArchive(npm, { version, to: folder, arch: 'x64', scratch, epoch: 0 });
    const installed = join(folder, 'archive');
    await mkdir(installed);
    await run('tar', ['-xzf', archive, '-C', installed, '--strip-components=1']);
    await makeReadOnly(installed);
    const program = join(installed, 'bin/slipway');
    await expectDemo({ checkout: installed, program, prefix: withoutNode });
  });
});
