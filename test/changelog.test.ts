import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { cutRelease, notesOf } from '../scripts/release/changelog.ts';

const changelog =
  '# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A thing.\n\n## [0.1.0] - 2026-01-31\n\n- The first.\n';

describe('the changelog', () => {
  test('gets a heading for the version that is released', () => {
    const released = cutRelease(changelog, { version: '0.2.0', date: '2026-02-28' });
    expect(notesOf(released, '0.2.0')).toBe('### Added\n\n- A thing.');
    expect(notesOf(released, '0.1.0')).toBe('- The first.');
    expect(notesOf(released, 'Unreleased')).toBe('');
  });

  test('refuses a version that it has, and a release of nothing', () => {
    const released = cutRelease(changelog, { version: '0.2.0', date: '2026-02-28' });
    expect(() => cutRelease(changelog, { version: '0.1.0', date: '2026-02-28' })).toThrow('already has version 0.1.0');
    expect(() => cutRelease(released, { version: '0.3.0', date: '2026-02-28' })).toThrow('no unreleased changes');
  });

  test('of this checkout lists what changed since the last release', () => {
    expect(readFileSync(new URL('../CHANGELOG.md', import.meta.url), 'utf8')).toMatch(/^## \[Unreleased\]$/m);
  });
});
