import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { programEntry } from '../../src/kit/package-root.ts';

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-kept-packages-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('`slipway run` says that its packages are discarded, or keeps them as a mirror that is whole', () => {
  const folder = makeFolder();
  const temporary = makeFolder();
  execFileSync('git', ['init', '--quiet', folder]);
  const recipe = 'name: leaf\nversion: "1.0"\ninstall: mkdir -p "$PREFIX/share"; echo leaf > "$PREFIX/share/leaf"\n';
  mkdirSync(join(folder, 'recipes'));
  writeFileSync(join(folder, 'recipes', 'leaf.yaml'), recipe);
  writeFileSync(join(folder, 'spack.yaml'), 'spack:\n  specs: [leaf]\n  view: false\n');
  const slipway = (words: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    spawnSync(process.execPath, [programEntry(), ...words], {
      cwd: folder,
      env: { PATH: process.env.PATH, TMPDIR: temporary, ...more },
      encoding: 'utf8',
    });
  const discarded = slipway(['run']);
  expect(discarded.stderr).toContain('The packages that this run built are discarded.\nhint: Set `SLIPWAY_MIRROR`');
  const mirror = join(temporary, 'mirror');
  for (const version of ['1.0', '1.1']) {
    writeFileSync(join(folder, 'recipes', 'leaf.yaml'), recipe.replace('1.0', version));
    const kept = slipway(['run'], { SLIPWAY_MIRROR: mirror });
    expect({ status: kept.status, stderr: kept.stderr }).toEqual({ status: 0, stderr: '' });
    const { status, stdout } = slipway(['mirror', 'verify', '--unsigned', mirror]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.not.stringMatching(/layout-missing|index-/) });
  }
});
