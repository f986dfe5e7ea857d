import { cp, mkdir, mkdtemp, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, onTestFinished, test } from 'vitest';
import { packageRoot } from '../../src/kit/package-root.ts';
import { findPart } from '../support/part.ts';
import { removeFolder } from '../support/remove-folder.ts';

const analyze = findPart('systemd-analyze');
const units = join(packageRoot(), 'contrib/systemd');

describe.skipIf(analyze === undefined)('the units for systemd', () => {
  test('are valid', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-units-'));
    onTestFinished(() => removeFolder(folder));
    await mkdir(join(folder, 'bin'));
    for (const name of ['slipway', 'gitlab-runner']) await symlink('/bin/true', join(folder, 'bin', name));
    await cp(units, folder, { recursive: true });
    const names = (await readdir(units)).toSorted();
    const services = ['slipway-notary', 'slipway-remote-runner', 'slipway-runner', 'slipway'];
    expect(names).toEqual([...services.map((name) => `${name}.service`), 'slipway.socket']);
    for (const name of names) {
      const text = await readFile(join(folder, name), 'utf8');
      await writeFile(join(folder, name), text.replaceAll('/usr/bin/', `${folder}/bin/`));
    }
    const paths = names.map((name) => join(folder, name));
    const { exitCode, stderr } = await execa(analyze as string, ['verify', '--man=no', ...paths], { reject: false });
    const about = stderr.split('\n').filter((line) => line.includes('slipway'));
    expect({ exitCode, about }).toEqual({ exitCode: 0, about: [] });
  });

  test('leave the notary no more than it needs', async () => {
    const words = ['security', '--offline=yes', '--json=short', join(units, 'slipway-notary.service')];
    const { stdout } = await execa(analyze as string, words, { reject: false });
    const exposed = JSON.parse(stdout) as readonly { readonly name: string; readonly exposure: string | null }[];
    const total = exposed.reduce((sum, { exposure }) => sum + Number(exposure ?? 0), 0);
    expect(exposed.length).toBeGreaterThan(50);
    expect(total).toBeLessThan(2.5);
  });
});
