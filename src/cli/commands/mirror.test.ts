import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { collectedTerminal } from '../../../test/support/collected-terminal.ts';
import { gitRemote } from '../../../test/support/git-remote.ts';
import { signedMirror } from '../../../test/support/signed-mirror.ts';
import { writeLockfile, type SpecNode } from '../../spack/index.ts';
import type { CommandContext } from '../command.ts';
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

function slipway(...words: string[]) {
  return slipwayWith({}, ...words);
}

async function slipwayWith(more: Partial<CommandContext>, ...words: string[]) {
  const { terminal, stdout, stderr } = collectedTerminal();
  const exitCode = await main(words, { env: {}, cwd, terminal, signal: new AbortController().signal, ...more });
  return { exitCode, stdout: stdout(), stderr: stderr() };
}

test('the packages of a mirror are listed one a line', async () => {
  const { exitCode, stdout } = await slipway('mirror', 'list', 'mirror');
  expect(exitCode).toBe(0);
  expect(stdout.trimEnd().split('\n')).toHaveLength(11);
  expect(stdout).toContain('libpng@1.6.45 /7zmatqxff44y6iilqv5lom5ckkgczcmj\n');
});

test('each entry whose tarball is missing is a fault with a remedy, and the exit status is 1', async () => {
  const { exitCode, stdout, stderr } = await slipway('mirror', 'verify', 'mirror', '--keys', keyFile, '--json');
  const { ok, findings } = JSON.parse(stdout) as {
    ok: boolean;
    findings: { kind: string; entry: string; message: string }[];
  };
  expect({ exitCode, ok }).toEqual({ exitCode: 1, ok: false });
  expect(stderr).toContain('[MIRROR_FAULTY]');
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

test.each([
  ['list', 'nowhere'],
  ['verify', 'nowhere'],
  ['copy', 'nowhere', 'copy'],
  ['install', 'libpng', '--mirror', 'nowhere', '--prefix', 'p'],
])('a folder that is not there is no empty mirror: %s', async (...words) => {
  const { exitCode, stderr } = await slipway('mirror', ...words);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('error: Mirror nowhere does not exist, because there is no such folder. [MIRROR_ABSENT]');
});

test('a file is not an empty mirror', async () => {
  await writeFile(join(cwd, 'notes.txt'), 'hello');
  expect(await slipway('mirror', 'list', 'notes.txt')).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: expect.stringContaining('error: notes.txt is a file, not a mirror. [MIRROR_IS_FILE]'),
  });
});

test.each(['a file', 'the keys themselves', 'their base64'])(
  'SLIPWAY_TRUSTED_KEYS may be %s, and so may --keys',
  async (form) => {
    const lab = await signedMirror();
    const { publicKey } = lab.signer;
    await writeFile(join(cwd, 'public.key'), publicKey);
    const forms: Record<string, string> = { 'a file': 'public.key', 'the keys themselves': publicKey };
    const value = forms[form] ?? Buffer.from(publicKey).toString('base64');
    const verify = ['mirror', 'verify', lab.folder];
    expect(await slipwayWith({ env: { SLIPWAY_TRUSTED_KEYS: value } }, ...verify)).toMatchObject({ exitCode: 0 });
    expect(await slipway(...verify, '--keys', value)).toMatchObject({ exitCode: 0 });
  },
);

test.each([
  ['junk', 'hello', 'MIRROR_KEYS_INVALID'],
  ['empty', '', 'MIRROR_KEYS_INVALID'],
  [
    'damaged',
    '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n',
    'MIRROR_KEYS_INVALID',
  ],
  ['cut off', '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n', 'MIRROR_KEYS_INVALID'],
])('a file of keys that is %s is refused, however the keys would be used', async (_, text, code) => {
  await writeFile(join(cwd, 'public.key'), text);
  for (const command of ['verify', 'show', 'snapshot', 'prune']) {
    const more = command === 'show' ? ['7zmatqx'] : [];
    const { exitCode, stderr } = await slipway('mirror', command, 'mirror', ...more, '--keys', 'public.key');
    expect({ command, exitCode, stderr }).toMatchObject({
      command,
      exitCode: 2,
      stderr: expect.stringContaining(code),
    });
  }
});

test('pruning more than stays prompts on a terminal, and otherwise needs --yes', async () => {
  const lab = await signedMirror({ isSigned: false });
  const words = ['mirror', 'prune', lab.folder, '--days', '0', '--idle', '--delete', '--unsigned'];
  const listed = async () => (await slipway('mirror', 'list', lab.folder)).stdout.trim().split('\n').length;
  const refusal = { exitCode: 2, stdout: '', stderr: expect.stringContaining('[CLI_PRUNE_UNCONFIRMED]') as string };
  expect(await slipway(...words)).toMatchObject(refusal);
  const questions: string[] = [];
  const answer = (text: string) => async (question: string) => {
    questions.push(question);
    return text;
  };
  expect(await slipwayWith({ prompt: answer('') }, ...words)).toMatchObject(refusal);
  expect(questions).toEqual([`Remove 2 packages from ${lab.folder} and keep 0? [y/N] `]);
  expect(await listed()).toBe(2);
  expect(await slipwayWith({ prompt: answer('y') }, ...words)).toMatchObject({ exitCode: 0 });
  const other = await signedMirror({ isSigned: false });
  expect(await slipway(...words.with(2, other.folder), '--yes')).toMatchObject({ exitCode: 0 });
});

test('a typing error below `mirror` is reported with its name and the right help', async () => {
  expect((await slipway('mirror', 'lsit', 'mirror')).stderr).toBe(
    'error: There is no command `mirror lsit`. [CLI_UNKNOWN_COMMAND]\nhint: Did you mean `list`?\n',
  );
  expect((await slipway('mirror', 'list')).stderr).toContain('Run `slipway mirror list --help`');
});

test('the keys that a mirror offers are printed', async () => {
  const { stdout } = await slipway('mirror', 'keys', 'mirror');
  expect(stdout).toMatch(/^-----BEGIN PGP PUBLIC KEY BLOCK-----/);
});

test('packages are searched by spec and shown by the beginning of a hash', async () => {
  // The index answers, though none of these tarballs is there.
  expect((await slipway('mirror', 'search', 'mirror', 'libpng@1.6: ^zlib-ng')).stdout).toMatch(
    /^libpng@1.6.45 \/7zmatqx\w+\n$/,
  );
  expect((await slipway('mirror', 'search', 'mirror', 'libpng@:1.5')).stdout).toBe('');
  expect((await slipway('mirror', 'show', 'mirror', '7zmatqx')).stderr).toContain('[MIRROR_BLOB_MISSING]');
  expect(await slipway('mirror', 'show', 'mirror', 'zzzz')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('[MIRROR_ENTRY_UNCLEAR]'),
  });
});

test('a mirror is copied, promoted by lock, snapshotted, measured and pruned', async () => {
  const lab = await signedMirror({ isSigned: false });
  await writeFile(
    join(cwd, 'spack.lock'),
    writeLockfile({ ...lab.lock, roots: [], nodes: new Map([[lab.tide.hash, lab.tide]]) }),
  );
  const json = async (...words: string[]) =>
    JSON.parse((await slipway('mirror', ...words, '--json')).stdout) as Record<string, unknown>;
  expect(await json('copy', lab.folder, 'copy', '--unsigned')).toMatchObject({
    copied: [{ isNew: true }, { isNew: true }],
  });
  expect(await json('promote', lab.folder, 'new', '--lock', 'spack.lock', '--unsigned')).toMatchObject({
    copied: [{ name: 'tide' }],
  });
  expect((await slipway('mirror', 'copy', lab.folder, 'signed')).stderr).toContain('[MIRROR_SIGNATURE_MISSING]');
  expect(await json('search', 'copy', 'gauge ^tide@1')).toMatchObject({ entries: [{ name: 'gauge' }] });
  expect(await json('show', 'copy', lab.tide.hash.slice(0, 9))).toMatchObject({ name: 'tide', signedBy: null });
  expect(await json('du', 'copy')).toMatchObject({ entries: 2 });
  expect(await json('verify', 'copy', '--unsigned')).toMatchObject({ ok: true });
  const dry = await json('prune', 'copy', '--days', '0', '--lock', 'spack.lock', '--unsigned');
  expect(dry).toMatchObject({ isDone: false, removed: [lab.gauge.hash] });
  expect(await json('list', 'copy')).toMatchObject({ entries: [{ name: 'gauge' }, { name: 'tide' }] });
  const pruned = ['prune', 'copy', '--days', '0', '--lock', 'spack.lock', '--unsigned', '--delete'];
  // Its blobs are young: a job that pushes just now may have found them there.
  const first = await json(...pruned);
  expect(first).toMatchObject({ isDone: true, removed: [lab.gauge.hash], blobs: [] });
  expect(first['young']).toContain(lab.tarballs.gauge.sha256);
  expect(await json('verify', 'copy', '--unsigned')).toMatchObject({ ok: true });
  expect(await json(...pruned, '--idle')).toMatchObject({ removed: [], young: [] });
  expect(await json('verify', 'copy', '--unsigned')).not.toMatchObject({
    findings: expect.arrayContaining([expect.objectContaining({ kind: 'blob-unused' })]),
  });
  expect(await json('list', 'copy')).toMatchObject({ entries: [{ name: 'tide' }] });
  expect(await json('snapshot', 'copy', '--name', 'spring', '--unsigned')).toEqual({ prefix: 'snapshots/spring' });
  expect(await json('prune', 'copy', '--days', '0', '--unsigned', '--delete')).toMatchObject({ removed: [] });
  expect(await json('verify', 'copy/snapshots/spring', '--unsigned')).toMatchObject({ ok: true });
});

test('what the locks of refs name stays, and what only a snapshot held goes when that is forgotten', async () => {
  const lab = await signedMirror({ isSigned: false });
  const remote = await gitRemote();
  onTestFinished(() => remote.dispose());
  const lockOf = (nodes: readonly SpecNode[]) =>
    writeLockfile({ ...lab.lock, roots: [], nodes: new Map(nodes.map((node) => [node.hash, node])) });
  await remote.commit('refs/heads/main', { 'stack/spack.lock': lockOf([lab.tide]) });
  const prune = (...words: string[]) =>
    slipway(
      'mirror',
      'prune',
      lab.folder,
      '--days',
      '0',
      '--unsigned',
      '--json',
      '--repository',
      remote.path,
      ...words,
    );
  expect(JSON.parse((await prune('--ref', 'ma*')).stdout)).toMatchObject({ removed: [lab.gauge.hash] });
  expect((await prune('--ref', 'gone')).stderr).toContain('[MIRROR_REF_UNKNOWN]');
  await slipway('mirror', 'snapshot', lab.folder, '--name', 'spring', '--unsigned');
  expect(JSON.parse((await prune()).stdout)).toMatchObject({ removed: [] });
  expect((await slipway('mirror', 'views', lab.folder)).stdout).toMatch(/^snapshots\/spring {2}2 packages {2}20\d\d-/);
  const forget = (...words: string[]) => slipway('mirror', 'forget', lab.folder, ...words);
  expect((await forget('snapshots/summer')).stderr).toContain('[MIRROR_VIEW_MISSING]');
  expect((await forget('snapshots/spring')).stderr).toContain('nothing was removed');
  expect((await forget('snapshots/spring', '--delete')).stdout).toBe('removed: snapshots/spring  2 packages\n');
  expect((await slipway('mirror', 'views', lab.folder)).stdout).toBe('');
  await writeFile(join(lab.folder, 'blobs', 'x.0123456789ab.tmp'), 'cut off');
  expect(JSON.parse((await prune('--ref', 'main', '--delete')).stdout)).toMatchObject({ removed: [lab.gauge.hash] });
  expect(await readdir(join(lab.folder, 'blobs'))).toContain('x.0123456789ab.tmp');
  await prune('--ref', 'main', '--delete', '--idle');
  expect(await readdir(join(lab.folder, 'blobs'))).toEqual(['sha256']);
  expect(await slipway('mirror', 'verify', lab.folder, '--unsigned')).toMatchObject({ exitCode: 0 });
});

test('an index that is gone is found, and repaired on demand', async () => {
  const lab = await signedMirror({ isSigned: false });
  await rm(join(lab.folder, 'v3/manifests/index'), { recursive: true });
  expect((await slipway('mirror', 'verify', lab.folder, '--unsigned')).stdout).toContain('index-missing');
  expect(await slipway('mirror', 'verify', lab.folder, '--unsigned', '--repair')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('repaired: Made the index again'),
  });
});

test('a package and what it needs are installed without Spack, or the reason against it is reported', async () => {
  const lab = await signedMirror({ isSigned: false });
  const install = (...words: string[]) => slipway('mirror', 'install', ...words);
  const there = ['--mirror', lab.folder, '--unsigned'];
  const [own, tide] = [join(cwd, 'apps/gauge'), join(cwd, `apps/tide-1.0-${lab.tide.hash}`)];
  expect((await install('gauge@2', ...there, '--prefix', 'apps/gauge')).stdout).toBe(
    `installed  gauge@2.1 /${lab.gauge.hash.slice(0, 7)}  ${own}\n` +
      `installed  tide@1.0 /${lab.tide.hash.slice(0, 7)}  ${tide}\n`,
  );
  expect(await readFile(join(own, 'share/gauge.pc'), 'utf8')).toBe(`prefix=${own}\n`);
  const again = await install(`/${lab.tide.hash.slice(0, 9)}`, ...there, '--root', 'apps', '--json');
  expect(JSON.parse(again.stdout)).toMatchObject({ installed: [{ name: 'tide', prefix: tide, isNew: false }] });
  for (const [words, code] of [
    [['gauge', ...there], 'CLI_INSTALL_FOLDER_MISSING'],
    [['gauge', '--prefix', 'x'], 'CLI_INSTALL_MIRROR_MISSING'],
    [['gauge@3', ...there, '--prefix', 'x'], 'MIRROR_SPEC_MISSING'],
    [['platform=linux', ...there, '--prefix', 'x'], 'MIRROR_SPEC_UNCLEAR'],
    [['gauge', '--mirror', lab.folder, '--prefix', 'x'], 'MIRROR_SIGNATURE_MISSING'],
  ] as const)
    expect((await install(...words)).stderr).toContain(`[${code}]`);
  expect(await readdir(cwd)).not.toContain('x');
});

test('an entry that no index names is read, and one that cannot be read hides no other', async () => {
  const lab = await signedMirror({ isSigned: false });
  await rm(join(lab.folder, 'v3/manifests/index'), { recursive: true });
  const [manifest = ''] = await readdir(join(lab.folder, 'v3/manifests/spec/tide'));
  await writeFile(join(lab.folder, 'v3/manifests/spec/tide', manifest), '{}');
  expect(await slipway('mirror', 'search', lab.folder, 'tide')).toMatchObject({
    exitCode: 0,
    stdout: '',
    stderr: expect.stringContaining(`tide-1.0-${lab.tide.hash} cannot be read`),
  });
  expect((await slipway('mirror', 'search', lab.folder, '^tide')).stdout).toBe(`gauge@2.1 /${lab.gauge.hash}\n`);
});

test('a mirror of layout v2 is searched and shown, and not taken for an empty one', async () => {
  const lab = await signedMirror({ isSigned: false });
  await slipway('mirror', 'migrate', lab.folder, 'old', '--to', 'v2', '--unsigned');
  expect((await slipway('mirror', 'search', 'old', '^tide')).stdout).toBe(`gauge@2.1 /${lab.gauge.hash}\n`);
  expect((await slipway('mirror', 'show', 'old', lab.tide.hash.slice(0, 9))).stdout).toContain('tide@1.0');
  for (const words of [
    ['du', 'old'],
    ['prune', 'old'],
    ['snapshot', 'old'],
    ['copy', 'old', 'new'],
  ])
    expect(await slipway('mirror', ...words)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('[MIRROR_LAYOUT_OLD]'),
    });
  await rm(join(cwd, 'old/build_cache/index.json'));
  expect(await slipway('mirror', 'index', 'old')).toMatchObject({ exitCode: 0 });
  expect(await readFile(join(cwd, 'old/build_cache/index.json'), 'utf8')).toContain(lab.gauge.hash);
  expect(await readdir(join(cwd, 'old'))).toEqual(['build_cache']);
});

test('an address that is no mirror is refused', async () => {
  expect(await slipway('mirror', 'list', 'ftp://example.org/mirror')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('[MIRROR_URL_UNSUPPORTED]'),
  });
});
