import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { sbangProgram, shortenFirstLine } from './sbang.ts';

const long = `/srv/${'long/'.repeat(30)}bin`;
const shorten = (text: string) => shortenFirstLine(Buffer.from(text), '/s/bin/sbang')?.toString();

describe('shortenFirstLine', () => {
  test.each([
    ['sh', `#!${long}/sh -e\n`],
    ['lua', `--!${long}/lua -e\n`],
    ['node', `//!${long}/node -e\n`],
    ['php', `<?php #!${long}/php -e\n ?>`],
  ])('keeps the line of %s as its comment', (name, second) => {
    expect(shorten(`#!${long}/${name} -e\nrest\n`)).toBe(`#!/bin/sh /s/bin/sbang\n${second}rest\n`);
  });

  test.each([
    ['short enough', '#!/bin/sh\n'],
    ['no script', `${long}\n`],
    ['without an interpreter', `#!${' '.repeat(200)}\n`],
    ['endless', `#!/${'x'.repeat(5000)}`],
  ])('leaves alone what is %s', (_, text) => {
    expect(shorten(text)).toBeUndefined();
  });
});

describe('the sbang of an install tree', () => {
  test('runs the interpreter of the second line with its arguments', async () => {
    const folder = await temporaryFolder();
    const bin = join(folder, 'long/'.repeat(20), 'bin');
    await mkdir(bin, { recursive: true });
    await writeFile(join(bin, 'teller'), '#!/bin/sh\nfor one; do echo "<$one>"; done\n', { mode: 0o755 });
    await copyFile(join(bin, 'teller'), join(bin, 'perl5'));
    const sbang = join(folder, 'sbang');
    await writeFile(sbang, sbangProgram, { mode: 0o755 });
    const run = async (text: string) => {
      const script = join(folder, 'script');
      await writeFile(script, shortenFirstLine(Buffer.from(text), sbang) ?? '', { mode: 0o755 });
      return execFileSync(script, ['a b', '*'], { encoding: 'utf8' }).replaceAll(folder, '.').trimEnd().split('\n');
    };
    expect(await run(`#!${bin}/teller -e\n`)).toEqual(['<-e>', '<./script>', '<a b>', '<*>']);
    expect(await run(`#! ${bin}/perl5\n`)).toEqual(['<-x>', '<./script>', '<a b>', '<*>']);
  });

  test('reports what is wrong with a script that names none', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'sbang'), sbangProgram, { mode: 0o755 });
    await writeFile(join(folder, 'script'), '#!x\necho\n');
    expect(() => execFileSync(join(folder, 'sbang'), [join(folder, 'script')], { stdio: 'pipe' })).toThrow(
      'the second line',
    );
  });
});
