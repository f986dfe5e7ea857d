import { describe, expect, test } from 'vitest';
import { osIdentity } from '../../spack/index.ts';
import { compilerIdentity, readToolchain } from './toolchain.ts';
import { SYSTEM_PATH } from '../../kit/index.ts';

describe('the toolchain', () => {
  test.each([
    ['cc (Debian 12.2.0-14+deb12u1) 12.2.0', 'gcc-12.2.0'],
    ['gcc (GCC) 14.1.1 20240507 (Red Hat 14.1.1-1)', 'gcc-14.1.1'],
    ['cc (Ubuntu 13.2.0-23ubuntu4) 13.2.0', 'gcc-13.2.0'],
    ['Debian clang version 14.0.6', 'clang-14.0.6'],
    ['Apple clang version 15.0.0 (clang-1500.3.9.4)', 'clang-15.0.0'],
  ])('%s is %s', (line, identity) => {
    expect(compilerIdentity(line)).toBe(identity);
  });

  test.each([
    ['ID=debian\nVERSION_ID="12"\n', 'debian12'],
    ['NAME="Ubuntu"\nVERSION_ID="22.04"\nID=ubuntu\n', 'ubuntu22.04'],
    ['ID="rocky"\nVERSION_ID="9.3"\n', 'rocky9'],
    ['', 'linux'],
  ])('names operating systems as Spack does', (text, identity) => {
    expect(osIdentity(text)).toBe(identity);
  });

  test('is read from this machine', async () => {
    expect(await readToolchain(SYSTEM_PATH)).toMatchObject({
      compiler: expect.stringMatching(/^\w+-\d+/),
      arch: { platform: 'linux' },
    });
  });

  test('a machine without a compiler is reported', async () => {
    await expect(readToolchain('/nowhere')).rejects.toMatchObject({ code: 'RECIPE_TOOLCHAIN_MISSING' });
  });
});
