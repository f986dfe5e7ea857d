import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { collectedTerminal } from '../../../test/support/collected-terminal.ts';
import { main } from '../main.ts';

/** A mirror that Spack wrote and signed; the tarballs were left out of the fixture. */
const fixtures = fileURLToPath(new URL('../../../test/fixtures/spack/spack-1.2', import.meta.url));
const keyFile = join(fixtures, 'keys/test-key.pub');

let cwd = '';

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'slipway-mirror-'));
  await cp(join(fixtures, 'mirror'), join(cwd, 'mirror'), { recursive: true });
});

afterEach(() => rm(cwd, { recursive: true }));

async function slipway(...words: string[]) {
  const { terminal, stdout, stderr } = collectedTerminal();
  const exitCode = await main(words, { env: {}, cwd, terminal, signal: new AbortController().signal });
  return { exitCode, stdout: stdout(), stderr: stderr() };
}

test('the packages of a mirror are listed one a line', async () => {
  const { exitCode, stdout } = await slipway('mirror', 'list', 'mirror');
  expect(exitCode).toBe(0);
  expect(stdout.trimEnd().split('\n')).toHaveLength(11);
  expect(stdout).toContain('libpng@1.6.45 /7zmatqxff44y6iilqv5lom5ckkgczcmj\n');
});

test('each entry whose tarball is missing is a fault with a remedy, and the exit status says so', async () => {
  const { exitCode, stdout, stderr } = await slipway('mirror', 'verify', 'mirror', '--keys', keyFile, '--json');
  const { ok, findings } = JSON.parse(stdout) as {
    ok: boolean;
    findings: { kind: string; entry: string; message: string }[];
  };
  expect({ exitCode, ok }).toEqual({ exitCode: 1, ok: false });
  expect(stderr).toContain('[CLI_MIRROR_FAULTY]');
  const invalid = findings.filter(({ kind }) => kind === 'entry-invalid');
  expect(invalid).toHaveLength(11);
  expect(invalid[0]?.message).toContain('MIRROR_BLOB_MISSING');
});

test('without a trusted key no signature counts', async () => {
  const { exitCode, stdout } = await slipway('mirror', 'verify', 'mirror');
  expect(exitCode).toBe(1);
  expect(stdout).toContain('MIRROR_SIGNATURE_UNCHECKED');
});

test('making the index again drops what is not there any more, and finds it in order afterwards', async () => {
  const index = () => slipway('mirror', 'index', 'mirror', '--keys', keyFile, '--json');
  const first = await index();
  expect(first.exitCode).toBe(0);
  expect((JSON.parse(first.stdout) as { dropped: string[] }).dropped).toHaveLength(11);
  expect(JSON.parse((await index()).stdout)).toMatchObject({ added: [], dropped: [] });
});

test('the keys that a mirror offers are printed', async () => {
  const { stdout } = await slipway('mirror', 'keys', 'mirror');
  expect(stdout).toMatch(/^-----BEGIN PGP PUBLIC KEY BLOCK-----/);
});

test('an address that is no mirror is refused', async () => {
  expect(await slipway('mirror', 'list', 'ftp://example.org/mirror')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('[MIRROR_URL_UNSUPPORTED]'),
  });
});
