import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { elfFile } from '../../../test/support/elf-file.ts';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { readElfStrings } from './elf-strings.ts';
import { prefixMap } from './prefix-map.ts';
import { relocateElf } from './relocate-elf.ts';

const kinds = [true, false].flatMap((isWide) => [true, false].map((isLittle) => ({ isWide, isLittle })));
const map = prefixMap([['/old/tree', '/new']]);
const text = (bytes: Buffer | undefined) => bytes?.toString();

describe.each(kinds)('an ELF file (64 bits: $isWide, little end first: $isLittle)', (kind) => {
  const file = () =>
    elfFile({ ...kind, runPath: '/old/tree/lib::/usr/lib:/old/tree/b::', interpreter: '/old/tree/ld.so' });

  test('has its search path and interpreter moved in place', () => {
    const bytes = file();
    const { length } = bytes;
    expect(relocateElf(bytes, map)).toBe(true);
    expect(bytes).toHaveLength(length);
    const { runPath, interpreter } = readElfStrings(bytes) ?? {};
    expect([text(runPath?.bytes), text(interpreter?.bytes)]).toEqual(['/new/lib:/usr/lib:/new/b', '/new/ld.so']);
    expect(bytes.includes('/old')).toBe(false);
  });

  test('is left as it is where nothing in it moves', () => {
    const bytes = file();
    expect(relocateElf(bytes, prefixMap([['/other', '/new']]))).toBe(false);
    expect(bytes.equals(file())).toBe(true);
  });

  test('is left as it is where one path has no room, and the report names what was required', () => {
    const bytes = file();
    const longer = '/a/much/longer/place/for/the/tree';
    expect(relocateElf(bytes, prefixMap([['/old/tree', longer]]))).toEqual({
      paths: { runPath: `${longer}/lib:/usr/lib:${longer}/b`, interpreter: `${longer}/ld.so` },
      fault: expect.stringContaining('characters of search path or interpreter, and'),
    });
    expect(bytes.equals(file())).toBe(true);
  });
});

test('what is no ELF file, or is cut off, has nothing to move', () => {
  const bytes = elfFile({ isWide: true, isLittle: true, runPath: '/old/tree', interpreter: '/old/tree/ld.so' });
  expect(relocateElf(Buffer.from('#!/old/tree/bin/sh\n'.repeat(9)), map)).toBe(false);
  for (let end = 0; end < bytes.length - 1; end += 7) expect(relocateElf(bytes.subarray(0, end), map)).toBe(false);
});

test('a program finds its library at the new place', async () => {
  const folder = await temporaryFolder();
  const old = `/srv/${'__spack_path_placeholder__/'.repeat(4)}tide`;
  await mkdir(join(folder, 'lib'));
  await writeFile(join(folder, 'tide.c'), 'int tide(void) { return 7; }\n');
  await writeFile(join(folder, 'main.c'), 'int tide(void);\nint main(void) { return tide() - 7; }\n');
  const cc = (...words: string[]) => execFileSync('cc', words, { cwd: folder });
  cc('-shared', '-fPIC', '-o', 'lib/libtide.so', 'tide.c');
  cc('-o', 'main', 'main.c', '-Llib', '-ltide', `-Wl,-rpath,${old}/lib`);
  const run = () => execFileSync(join(folder, 'main'), { env: {}, stdio: 'pipe' });
  expect(run).toThrow('libtide.so');
  const bytes = await readFile(join(folder, 'main'));
  expect(relocateElf(bytes, prefixMap([[old, folder]]))).toBe(true);
  await writeFile(join(folder, 'main'), bytes);
  expect(run).not.toThrow();
});
