import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from 'tar-stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gzip } from '../../mirror/index.ts';
import { bytesBlob, digestOf, jsonBytes, mediaTypes, type Blob, type Image } from '../../oci/index.ts';
import { imageOf } from '../../../test/support/image.ts';
import { factsReader } from '../facts/facts-cache.ts';
import { SmokeTest } from './definition.ts';
import { findEntrance, type EntranceOptions } from './enter-root.ts';
import { smokeTest } from './smoke-test.ts';

const hasCompiler = spawnSync('cc', ['--version']).status === 0;
const entrance = await findEntrance({}).catch(() => undefined);
if (!hasCompiler) process.stderr.write('skipped: smoke tests of programs need cc\n');
if (entrance === undefined) process.stderr.write('skipped: no way to run a program in another root\n');

let folder: string;
/** The machine's loader and C library, in whose places a program looks for them. */
let runtime: Files;
let program: Buffer;
let library: Buffer;

type Files = Readonly<Record<string, Buffer>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-smoke-test-'));
  if (!hasCompiler) return;
  await writeFile(join(folder, 'say.c'), 'const char *say(void) { return "said"; }\n');
  await writeFile(
    join(folder, 'main.c'),
    `#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
const char *say(void);
int main(int n, char **words) {
  if (n > 1 && words[1][0] == 'w') for (;;) pause();
  const char *home = getenv("SECRET"), *own = getenv("OWN");
  char folder[256];
  printf("%s %s %s %s %d\\n", say(), own ? own : "none", home ? home : "none", getcwd(folder, 256), (int)getuid());
  return n > 1 ? atoi(words[1]) : 0;
}
`,
  );
  const cc = (...words: string[]) => execFileSync('cc', words, { cwd: folder });
  cc('-shared', '-fPIC', '-Wl,-soname,libsay.so.1', '-o', 'libsay.so.1', 'say.c');
  cc('-o', 'talk', 'main.c', './libsay.so.1', '-Wl,-rpath,/opt/stack/say/lib', '-Wl,--disable-new-dtags');
  program = await readFile(join(folder, 'talk'));
  library = await readFile(join(folder, 'libsay.so.1'));
  const listed = execFileSync('ldd', ['talk'], { cwd: folder, encoding: 'utf8', env: { LD_LIBRARY_PATH: folder } });
  const paths = [...listed.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map((match) => match[1] as string);
  const files = await Promise.all(
    paths
      .filter((path) => !path.startsWith(folder))
      .map(async (path) => [path.slice(1), await readFile(path)] as const),
  );
  runtime = Object.fromEntries(files);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function layer(files: Files, annotations?: Record<string, string>): Promise<{ blob: Blob; diffId: string }> {
  const archive = pack();
  for (const [name, bytes] of Object.entries(files)) archive.entry({ name, mode: 0o755, mtime: new Date(0) }, bytes);
  archive.finalize();
  const tar = await buffer(archive);
  const blob = bytesBlob(gzip(tar), mediaTypes.layerGzip);
  const descriptor = { ...blob.descriptor, ...(annotations === undefined ? {} : { annotations }) };
  return { blob: { ...blob, descriptor }, diffId: digestOf(tar) };
}

/** The machine's runtime as the base, and on top of it what a package brings. */
async function imageWith(files: Files, settings: Record<string, unknown> = {}): Promise<Image> {
  const layers = [await layer(runtime), await layer(files, { 'io.slipway.packages': `talk@1.0/${'a'.repeat(32)}` })];
  const config = {
    architecture: 'amd64',
    os: 'linux',
    config: { Env: ['PATH=/opt/stack/talk/bin', 'OWN=mine'], ...settings },
    rootfs: { type: 'layers' as const, diff_ids: layers.map(({ diffId }) => diffId) },
  };
  return imageOf([bytesBlob(jsonBytes(config), mediaTypes.config), ...layers.map(({ blob }) => blob)], config);
}

const talk = () => ({ 'opt/stack/talk/bin/talk': program });
const whole = () => ({ ...talk(), 'opt/stack/say/lib/libsay.so.1': library });

const tryOut = (image: Image, smoke: unknown, more: Partial<EntranceOptions> = {}) =>
  smokeTest(image, {
    smoke: SmokeTest.parse(smoke),
    facts: factsReader(),
    temporary: folder,
    ...more,
  });

describe.skipIf(!hasCompiler)('the libraries of an image', () => {
  test('are all there, or the program that lacks one is named', async () => {
    expect(await tryOut(await imageWith(whole()), {})).toMatchObject({ commands: [], missingInBase: 0 });
    await expect(tryOut(await imageWith(talk()), {})).rejects.toMatchObject({
      code: 'IMAGE_LIBRARIES_MISSING',
      message: expect.stringContaining('/opt/stack/talk/bin/talk needs libsay.so.1'),
    });
  });

  test('may lack others where no program loads them: that is a note', async () => {
    execFileSync('cc', ['-shared', '-fPIC', '-Wl,-soname,libmore.so', '-o', 'libmore.so', 'say.c'], { cwd: folder });
    execFileSync('cc', [...'-shared -fPIC -Wl,--no-as-needed -o plugin.so say.c'.split(' '), './libmore.so'], {
      cwd: folder,
    });
    const plugin = await readFile(join(folder, 'plugin.so'));
    const { notes } = await tryOut(await imageWith({ ...whole(), 'opt/stack/say/lib/plugin.so': plugin }), {});
    expect(notes).toEqual(['/opt/stack/say/lib/plugin.so needs libmore.so']);
  });

  test('need not be there where the machine brings them, or are not looked for', async () => {
    await tryOut(await imageWith(talk()), { ignore: ['libsay.*'] });
    await tryOut(await imageWith(talk()), { libraries: false });
  });
});

describe.skipIf(!hasCompiler || entrance === undefined)('the commands of an image', () => {
  test('run with its files, variables, folder and user, and with nothing of this machine', async () => {
    process.env.SECRET = 'of the server';
    const image = await imageWith(whole(), { WorkingDir: '/opt/stack', User: '1000' });
    const { commands } = await tryOut(image, { commands: [['talk'], { run: ['talk'], output: '^said mine' }] });
    delete process.env.SECRET;
    expect(commands).toMatchObject([{ command: 'talk', passed: true, output: `said mine none /opt/stack 1000` }, {}]);
  });

  test.each([
    [[['talk', '3']], 'status 3'],
    [[{ run: ['talk'], output: 'sung' }], 'its output does not match `sung`'],
    [['talk'], 'status'],
    [[['not-there']], ''],
    [[{ run: ['talk', 'wait'], timeout: 1 }], 'it had not ended after 1 seconds'],
  ])('%j that fail are reported with %s', async (commands, reason) => {
    await expect(tryOut(await imageWith(whole()), { commands })).rejects.toMatchObject({
      code: 'IMAGE_SMOKE_FAILED',
      message: expect.stringContaining(reason),
    });
  });

  test('leave nothing behind', async () => {
    await tryOut(await imageWith(whole()), { commands: [['talk']] });
    expect((await readdir(folder)).filter((name) => name.startsWith('slipway-smoke-'))).toEqual([]);
  });
});

describe.skipIf(!hasCompiler)('where no sandbox works, the commands of an image', () => {
  const sandbox = { reason: 'bwrap: it is not installed', remedy: 'Install bubblewrap.' };

  test.each([
    ['any change', { sandbox }],
    ['an unmerged change, whatever the mode', { sandbox, mode: 'never', untrusted: true }],
  ] as const)('of %s are refused with the fix', async (_, options) => {
    await expect(tryOut(await imageWith(whole()), { commands: [['talk']] }, options)).rejects.toMatchObject({
      code: 'IMAGE_SMOKE_IMPOSSIBLE',
      message: expect.stringContaining('bwrap: it is not installed'),
      hint: expect.stringContaining('Install bubblewrap.'),
    });
  });

  test('of a merged change run from its files with `sandbox: never`, and the report says why', async () => {
    execFileSync('cc', ['-o', 'alone', 'say.c', 'main.c'], { cwd: folder });
    process.env.SECRET = 'of the server';
    const image = await imageWith({ ...whole(), 'opt/stack/talk/bin/alone': await readFile(join(folder, 'alone')) });
    const commands = [{ run: ['alone'], output: '^said mine none' }, { run: ['/opt/stack/talk/bin/alone'] }];
    const report = await tryOut(image, { commands }, { sandbox, mode: 'never' });
    delete process.env.SECRET;
    expect(report).toMatchObject({ unsandboxed: sandbox.reason, commands: [{ passed: true }, { passed: true }] });
    const failing = tryOut(image, { commands: [['alone', '3']] }, { sandbox, mode: 'never' });
    await expect(failing).rejects.toMatchObject({ code: 'IMAGE_SMOKE_FAILED' });
  });
});
