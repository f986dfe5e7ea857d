import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { nameFault } from '../scripts/release/npm-name.ts';
import { fillRecipe } from '../scripts/release/spack.ts';

describe('the name on npm', () => {
  const release = { version: '0.3.0', changelog: '## [0.2.0] - 2026-12-01\n' };

  test('can be used if nothing is there but earlier releases', () => {
    expect(nameFault([], release)).toBeUndefined();
    expect(nameFault(['0.2.0'], release)).toBeUndefined();
  });

  test('cannot be used for a version that is there, or if another package has it', () => {
    expect(nameFault(['0.2.0', '0.3.0'], release)).toBe('Version 0.3.0 is on npm already. Name the next version.');
    expect(nameFault(['1.0.0', '0.3.0'], release)).toContain('is used by another package (1.0.0)');
  });
});

test('the Spack recipe gets the digests and the location of a release', () => {
  const recipe = readFileSync(new URL('../contrib/spack/packages/slipway/package.py', import.meta.url), 'utf8');
  const digests = { x86_64: 'a'.repeat(64), aarch64: 'b'.repeat(64) };
  const local = fillRecipe(recipe, { version: '0.2.0', digests });
  expect(local).toContain(`_archives = {"0.2.0":{"x86_64":"${digests.x86_64}","aarch64":"${digests.aarch64}"}}`);
  expect(local).toContain('_location = f"file://{os.getcwd()}"');
  expect(fillRecipe(recipe, { version: '0.2.0', digests, location: 'https://example.org/0.2.0' })).toContain(
    '_location = "https://example.org/0.2.0"',
  );
});
