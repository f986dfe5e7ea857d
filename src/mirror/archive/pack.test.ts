import { execFileSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { link, mkdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createGunzip, gzipSync } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { describe, expect, test } from 'vitest';
import { hardSecret, writeEncoded } from '../../../test/support/encoded-secret.ts';
import { prefixOf, temporaryFolder, tinyLock, tinyPrefix, tinyTarball } from '../../../test/support/mirror-package.ts';
import { Secret, digestFile, secretEncodings, sha256 } from '../../kit/index.ts';
import { writeSpecFile } from '../../spack/index.ts';
import { packPrefix } from './pack.ts';

const lock = tinyLock();
const { tide, gauge } = lock;
const base = prefixOf(gauge).slice(1);

async function entriesOf(file: string): Promise<(Header & { body: string })[]> {
  const extractor = extract();
  createReadStream(file)
    .pipe(createGunzip())
    .pipe(extractor as never);
  const entries: (Header & { body: string })[] = [];
  for await (const entry of extractor) entries.push({ ...entry.header, body: await text(entry as never) });
  return entries;
}

async function pack(folder: string, more: Partial<Parameters<typeof packPrefix>[0]> = {}) {
  const prefixes = new Map([gauge, tide].map((node) => [node.hash, prefixOf(node)]));
  const output = join(folder, '..', 'out.tar.gz');
  return packPrefix({
    folder,
    prefix: prefixOf(gauge),
    output,
    node: gauge,
    prefixes,
    specFile: writeSpecFile(lock, gauge.hash),
    ...more,
  });
}

describe('packing', () => {
  test('puts parents first, files before folders, and the distribution file last', async () => {
    const { file } = await tinyTarball(await temporaryFolder(), lock, gauge);
    const names = (await entriesOf(file)).map(({ name }) => name);
    const inside = [
      '',
      '.spack/',
      '.spack/spec.json',
      'bin/',
      'bin/alias',
      'bin/gauge',
      'share/',
      'share/gauge.pc',
      'share/doc/',
      '.spack/binary_distribution',
    ];
    expect(names).toEqual(['opt/', 'opt/stack/', ...inside.map((name) => `${base}/${name}`)]);
  });

  test('normalises owners, times and modes', async () => {
    const { file } = await tinyTarball(await temporaryFolder(), lock, gauge);
    for (const entry of await entriesOf(file)) {
      expect(entry).toMatchObject({ uid: 0, gid: 0, mtime: new Date(0), uname: '', gname: '' });
      const isPlain = entry.type === 'file' && !entry.name.endsWith('bin/gauge');
      expect(entry.mode, entry.name).toBe(isPlain ? 0o644 : 0o755);
    }
  });

  test('names in the distribution file what mentions the store, and where dependencies were', async () => {
    const { file } = await tinyTarball(await temporaryFolder(), lock, gauge);
    const last = (await entriesOf(file)).at(-1);
    expect(last?.body).toBe(
      '{sbang_install_path: /opt/stack/bin/sbang, buildpath: /opt/stack, spackprefix: /opt/stack, ' +
        `relative_prefix: gauge-2.1-${gauge.hash}, ` +
        `relocate_textfiles: [share/gauge.pc], relocate_binaries: [], relocate_links: [], hardlinks_deduped: true, ` +
        `hash_to_prefix: {${key(gauge.hash)}: ${prefixOf(gauge)}, ${key(tide.hash)}: ${prefixOf(tide)}}}\n`,
    );
  });

  test('twice gives the same bytes, whatever the times and the order on disk', async () => {
    const first = await tinyTarball(await temporaryFolder(), lock, gauge);
    const folder = await temporaryFolder();
    await tinyPrefix(folder, gauge);
    await rm(join(folder, 'gauge/bin'), { recursive: true });
    await tinyPrefix(folder, gauge).catch(() => undefined);
    await utimes(join(folder, 'gauge/bin/gauge'), 1, 1);
    const second = await pack(join(folder, 'gauge'));
    expect(second.sha256).toBe(first.sha256);
    expect(second.diffId).toBe(first.diffId);
  });

  test('gives the digests and sizes of what is in the file, and a header that names no system', async () => {
    const packed = await tinyTarball(await temporaryFolder(), lock, gauge);
    expect(await digestFile(packed.file)).toEqual({ sha256: packed.sha256, size: packed.size });
    const tar = execFileSync('gzip', ['-dc', packed.file], { maxBuffer: 2 ** 26 });
    expect(packed).toMatchObject({ diffId: `sha256:${sha256(tar)}`, tarSize: tar.length });
    expect((await readFile(packed.file)).subarray(0, 10).toString('hex')).toBe('1f8b08000000000000ff');
  });

  test('leaves out the environment of the build, and packs hard links once', async () => {
    const folder = await tinyPrefix(await temporaryFolder(), gauge);
    await mkdir(join(folder, '.spack'));
    await writeFile(join(folder, '.spack/spack-build-env.txt'), 'TOKEN=secret');
    await writeFile(join(folder, '.spack/binary_distribution'), 'stale');
    await link(join(folder, 'bin/gauge'), join(folder, 'bin/zz'));
    const entries = await entriesOf((await pack(folder)).file);
    expect(entries.some(({ name }) => name.includes('build-env'))).toBe(false);
    expect(entries.filter(({ name }) => name.endsWith('binary_distribution'))).toHaveLength(1);
    expect(entries.find(({ name }) => name.endsWith('bin/zz'))).toMatchObject({
      type: 'link',
      linkname: `${base}/bin/gauge`,
      size: 0,
    });
  });

  test('finds the store in large programs, also across two reads, and in absolute links', async () => {
    const folder = await tinyPrefix(await temporaryFolder(), gauge);
    const program = Buffer.alloc(600_000);
    program.write('\x7fELF', 'latin1');
    program.write('/opt/stack/tide', 256 * 1024 - 5);
    await writeFile(join(folder, 'bin/large'), program);
    await writeFile(join(folder, 'bin/archive.a'), Buffer.from('!<arch>\n\0/opt/stack/tide'));
    await symlink(`${prefixOf(tide)}/bin/tide`, join(folder, 'bin/tide'));
    const last = (await entriesOf((await pack(folder)).file)).at(-1);
    expect(last?.body).toContain(
      'relocate_textfiles: [share/gauge.pc], relocate_binaries: [bin/large], relocate_links: [bin/tide]',
    );
  });

  test('keeps long names', async () => {
    const folder = await tinyPrefix(await temporaryFolder(), gauge);
    const names = [
      `share/${'n'.repeat(120)}`,
      `share/${'d'.repeat(90)}/${'e'.repeat(90)}/${'f'.repeat(90)}`,
      'share/grüße',
      `share/${'s'.repeat(98)}`,
    ];
    for (const name of names) {
      await mkdir(join(folder, name, '..'), { recursive: true });
      await writeFile(join(folder, name), name);
    }
    const { file } = await pack(folder);
    const listed = execFileSync('tar', ['--quoting-style=literal', '-tzf', file], { encoding: 'utf8' }).split('\n');
    expect(listed).toEqual(expect.arrayContaining(names.map((name) => `${base}/${name}`)));
    expect((await entriesOf(file)).map(({ name }) => name)).toEqual(
      expect.arrayContaining(names.map((name) => `${base}/${name}`)),
    );
  });

  test('refuses pipes and a spec file of another package, and leaves no output', async () => {
    const folder = await tinyPrefix(await temporaryFolder(), gauge);
    await expect(pack(folder, { specFile: writeSpecFile(lock, tide.hash) })).rejects.toMatchObject({
      code: 'MIRROR_PREFIX_UNSUITABLE',
    });
    await expect(pack(folder, { specFile: undefined })).rejects.toMatchObject({
      message: expect.stringContaining('there is no spec file'),
    });
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    await expect(pack(folder)).rejects.toMatchObject({ code: 'MIRROR_PREFIX_UNSUITABLE' });
    await expect(readFile(join(folder, '..', 'out.tar.gz'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test.each([
    ['a text', 'share/config', (secret: string) => `password = ${secret}\n`],
    [
      'a large program, across two reads',
      'bin/large',
      (secret: string) => `${'x'.repeat(256 * 1024 - 5)}${secret}${'y'.repeat(99)}`,
    ],
    ['base64', 'share/auth.json', (secret: string) => `{"auth":"${Buffer.from(secret).toString('base64')}"}`],
    ['a compressed log', '.spack/spack-build-out.txt.gz', (secret: string) => gzipSync(`cmd ${secret}`)],
  ])(
    'refuses a prefix with the value of a secret in %s, and names the file and not the value',
    async (_, path, body) => {
      const secret = 'hunter2-hunter2!';
      const folder = await tinyPrefix(await temporaryFolder(), gauge);
      await mkdir(join(folder, path, '..'), { recursive: true });
      await writeFile(join(folder, path), body(secret));
      const packing = pack(folder, {
        secrets: new Map([
          ['SHORT', new Secret('a')],
          ['TOKEN', new Secret(secret)],
        ]),
      });
      const error = (await packing.catch((thrown: unknown) => thrown)) as Error;
      expect(error).toMatchObject({
        code: 'MIRROR_PREFIX_HOLDS_SECRET',
        details: { path: `${prefixOf(gauge)}/${path}`, name: 'TOKEN' },
      });
      expect(JSON.stringify(error) + error.message).not.toContain('hunter2');
      await expect(readFile(join(folder, '..', 'out.tar.gz'))).rejects.toMatchObject({ code: 'ENOENT' });
      expect((await pack(folder, { secrets: new Map([['TOKEN', new Secret('another-value')]]) })).size).toBeGreaterThan(
        0,
      );
    },
  );

  test.each(secretEncodings)('refuses a prefix with the value of a secret in $name', async ({ name }) => {
    const folder = await tinyPrefix(await temporaryFolder(), gauge);
    await writeFile(join(folder, 'share/config'), `before ${await writeEncoded(name, hardSecret)} after`);
    const packing = pack(folder, { secrets: new Map([['TOKEN', new Secret(hardSecret)]]) });
    await expect(packing).rejects.toMatchObject({ code: 'MIRROR_PREFIX_HOLDS_SECRET', details: { name: 'TOKEN' } });
    expect((await pack(folder)).size).toBeGreaterThan(0);
  });

  test('an output that cannot be written is reported with its path', async () => {
    const folder = await tinyPrefix(await temporaryFolder(), gauge);
    const output = join(folder, '..', 'nowhere', 'out.tar.gz');
    await expect(pack(folder, { output })).rejects.toMatchObject({
      code: 'MIRROR_STORE_WRITE_FAILED',
      details: { path: output },
    });
  });
});

function key(hash: string): string {
  return /^[a-z]/.test(hash) ? hash : `"${hash}"`;
}
