import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readElf } from './elf.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-elf-'));
  writeFileSync(join(folder, 'lib.c'), 'int answer(void) { return 42; }\n');
  writeFileSync(
    join(folder, 'main.c'),
    '#include <stdio.h>\nint answer(void);\nint main(void) { return printf("%d", answer()) < 0; }\n',
  );
  writeFileSync(join(folder, 'versions'), 'LAB_1.0 { global: answer; local: *; };\n');
  const cc = (...words: string[]) => execFileSync('cc', words, { cwd: folder });
  cc('-shared', '-fPIC', '-Wl,-soname,liblab.so.1', '-Wl,--version-script=versions', '-o', 'liblab.so.1', 'lib.c');
  cc('-o', 'old', 'main.c', './liblab.so.1', '-Wl,--disable-new-dtags,-rpath,/opt/a:$ORIGIN/../lib');
  cc('-o', 'new', 'main.c', './liblab.so.1', '-Wl,--enable-new-dtags,-rpath,/opt/b');
  cc('-c', '-o', 'object.o', 'lib.c');
});
afterAll(() => rmSync(folder, { recursive: true }));

const elfOf = (name: string) => readElf(readFileSync(join(folder, name)));

describe('an ELF file', () => {
  test('has a name, required libraries and a search path', () => {
    expect(elfOf('liblab.so.1')).toMatchObject({ soname: 'liblab.so.1', provides: ['liblab.so.1', 'LAB_1.0'] });
    expect(elfOf('old')).toMatchObject({
      needed: ['liblab.so.1', expect.stringMatching(/^libc\./)],
      searchPath: ['/opt/a', '$ORIGIN/../lib'],
      isInherited: true,
      interpreter: expect.stringMatching(/^\/lib/),
    });
    expect(elfOf('new')).toMatchObject({ searchPath: ['/opt/b'], isInherited: false });
  });

  test('lists the symbol versions that it requires of each library', () => {
    expect(elfOf('new')?.requires['liblab.so.1']).toEqual(['LAB_1.0']);
  });

  test('is not an object file, a text, what a debugger reads, or half a program', () => {
    expect(elfOf('object.o')).toBeUndefined();
    expect(elfOf('main.c')).toBeUndefined();
    execFileSync('objcopy', ['--only-keep-debug', 'old', 'old.debug'], { cwd: folder });
    expect(elfOf('old.debug')).toBeUndefined();
    const whole = readFileSync(join(folder, 'old'));
    for (const part of [0, 10, 64, 200, 1000]) expect(readElf(whole.subarray(0, part))).toBeUndefined();
  });
});
