import { chownSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findAbove } from './find-above.ts';

function folders() {
  const top = mkdtempSync(join(tmpdir(), 'slipway-above-'));
  mkdirSync(join(top, 'a/b'), { recursive: true });
  return top;
}

test('the nearest file counts: of the folder, else of one above it', () => {
  const top = folders();
  writeFileSync(join(top, 'one.yaml'), '');
  expect(findAbove('one.yaml', join(top, 'a/b'))).toBe(join(top, 'one.yaml'));
  writeFileSync(join(top, 'a/one.yaml'), '');
  expect(findAbove('one.yaml', join(top, 'a/b'))).toBe(join(top, 'a/one.yaml'));
  expect(findAbove('two.yaml', join(top, 'a/b'))).toBeUndefined();
});

test('nothing above the top of a repository is found', () => {
  const top = folders();
  mkdirSync(join(top, 'a/.git'));
  writeFileSync(join(top, 'one.yaml'), '');
  expect(findAbove('one.yaml', join(top, 'a/b'))).toBeUndefined();
  writeFileSync(join(top, 'a/one.yaml'), '');
  expect(findAbove('one.yaml', join(top, 'a/b'))).toBe(join(top, 'a/one.yaml'));
});

test.skipIf(process.getuid?.() !== 0)('a file above that belongs to another user does not count', () => {
  const top = folders();
  writeFileSync(join(top, 'one.yaml'), '');
  chownSync(join(top, 'one.yaml'), 12_345, 12_345);
  expect(findAbove('one.yaml', join(top, 'a/b'))).toBeUndefined();
  chownSync(join(top, 'a/b'), 12_345, 12_345);
  expect(findAbove('one.yaml', join(top, 'a/b'))).toBe(join(top, 'one.yaml'));
});
