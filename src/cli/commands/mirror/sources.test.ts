import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { collectedTerminal } from '../../../../test/support/collected-terminal.ts';
import { fakeSpack } from '../../../../test/support/fake-spack.ts';
import { temporaryFolder, tinyLock } from '../../../../test/support/mirror-package.ts';
import { writeLockfile } from '../../../spack/index.ts';
import { main } from '../../main.ts';

let cwd = '';
const lock = tinyLock();

beforeEach(async () => {
  cwd = await temporaryFolder();
  await mkdir(join(cwd, 'artifacts'));
  await writeFile(join(cwd, 'artifacts/spack.yaml'), 'spack: { specs: [gauge] }\n');
  await writeFile(join(cwd, 'artifacts/spack.lock'), writeLockfile(lock));
});

type Reported = Readonly<Record<string, unknown>>;

/** Runs the command with a Spack that reports so of its packages, among other lines. */
async function sources(reported: readonly Reported[], ...flags: readonly string[]) {
  const lines = reported.map((one) => JSON.stringify({ files: [], moving: [], ...one }));
  const python = `cp "$1" '${cwd}/script.py'; cp "$env/spack.lock" '${cwd}/locked'; cat <<'END'
==> Fetching http://127.0.0.1:9/tide.tar.gz
${lines.map((line) => `slipway-sources: ${line}`).join('\n')}
END
echo null > "$2"`;
  const { env } = await fakeSpack(cwd, { commands: { python } });
  const { terminal, stdout, stderr } = collectedTerminal();
  const context = { env: { ...env, SLIPWAY_CACHE: join(cwd, 'cache') }, cwd, terminal };
  const words = ['mirror', 'sources', 'airgap', '--lock', 'artifacts/spack.lock', ...flags];
  const exitCode = await main(words, { ...context, signal: new AbortController().signal });
  return { exitCode, stdout: stdout().replaceAll(cwd, ''), stderr: stderr().replaceAll(cwd, '') };
}

const { tide, gauge } = lock;

test('the sources of a lock are fetched with the environment beside it; a line reports each package', async () => {
  const { exitCode, stdout, stderr } = await sources([
    { hash: gauge.hash, outcome: 'none', reason: 'it has no code of its own' },
    { hash: tide.hash, outcome: 'fetched', files: ['a'], moving: ['[git] x on branch main'] },
  ]);
  expect(exitCode).toBe(0);
  expect(stdout.replaceAll(/ \/[a-z2-7]{7}\b/g, ' /HASH')).toMatchInlineSnapshot(`
    "[1/2] no source: gauge@2.1 /HASH: it has no code of its own
    [2/2] fetched: tide@1.0 /HASH, without a fixed content: [git] x on branch main
    "
  `);
  expect(stderr).toMatchInlineSnapshot(`
    "fetched: 1, no source: 1
    "
  `);
  expect(await readFile(join(cwd, 'locked'), 'utf8')).toBe(writeLockfile(lock));
  expect(await readFile(join(cwd, 'script.py'), 'utf8')).toContain(String.raw`/airgap\",\"isPrivate\":false`);
});

test('a package that cannot be fetched fails the command, which names it last', async () => {
  const failed = { hash: tide.hash, outcome: 'failed', reason: 'All fetchers failed' };
  const { exitCode, stdout, stderr } = await sources([{ hash: gauge.hash, outcome: 'present' }, failed], '--json');
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ packages: [{ outcome: 'present' }, failed] });
  expect(stderr.replaceAll(/ \/[a-z2-7]{7}\b/g, ' /HASH')).toMatchInlineSnapshot(`
    "[1/2] was there: gauge@2.1 /HASH
    [2/2] failed: tide@1.0 /HASH: All fetchers failed
    error: The sources of tide@1.0 /HASH could not be fetched, so the mirror \`/airgap\` does not have them. [PACKAGE_JOB_SOURCES_MISSING]
    hint: Read the reasons above, and run the command again. It fetches only missing sources.
    "
  `);
});

test('a stack with recipes of its own has no mirror of sources', async () => {
  await mkdir(join(cwd, 'artifacts/recipes'));
  await writeFile(join(cwd, 'artifacts/recipes/tide.yaml'), 'name: tide\nversion: "1"\ninstall: "true"\n');
  const { exitCode, stderr } = await sources([]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('[PACKAGE_JOB_SOURCES_NOT_SPACK]');
});
