import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { registryClient } from '../../src/oci/index.ts';
import { openLab, tinyStack, type Lab } from '../support/coordinator.ts';
import { startDockerRegistry } from '../support/docker-registry.ts';
import { findPart } from '../support/part.ts';
import { removeFolder } from '../support/remove-folder.ts';

const dockerRegistry = findPart('docker-registry');

describe.skipIf(dockerRegistry === undefined)('the preview of a pull request in docker-registry', () => {
  async function previewed(options: { removes: boolean }): Promise<{ lab: Lab; host: string; digest: string }> {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-previews-'));
    const { host, stop } = await startDockerRegistry(dockerRegistry as string, folder, options);
    onTestFinished(async () => {
      await stop();
      await removeFolder(folder);
    });
    const lab = await openLab({ registry: {} });
    const images = [{ repository: `${host}/lab/stack`, rules: [{ pullRequests: true }] }];
    const files = { ...tinyStack, 'slipway.yaml': JSON.stringify({ images }) };
    const baseSha = lab.push('main', files).sha;
    const { sha } = lab.push('topic', { ...files, changed: 'by the request' });
    await lab.happens(lab.forge.request('7', sha, { baseSha }));
    await lab.workAll();
    expect(lab.publications()).toEqual(['pr-7 published']);
    const digest = lab.context.ledger.publications('lab')[0]?.digest ?? '';
    expect(await found(host, 'pr-7')).toBe(digest);
    await lab.happens({ type: 'pull-request-closed', number: '7', merged: false });
    return { lab, host, digest };
  }

  async function found(registry: string, reference: string): Promise<string | undefined> {
    const client = registryClient({ registry, repository: 'lab/stack', access: 'pull' });
    return (await client.readManifest(reference))?.descriptor.digest;
  }

  test('is gone when the request is closed, where removal is enabled', async () => {
    const { lab, host, digest } = await previewed({ removes: true });
    expect(lab.publications()).toEqual(['pr-7 removed']);
    expect([await found(host, 'pr-7'), await found(host, digest)]).toEqual([undefined, undefined]);
  });

  test('stays where it is not, and the record says why', async () => {
    const { lab, host, digest } = await previewed({ removes: false });
    expect(lab.publications()).toEqual(['pr-7 published']);
    expect(lab.context.ledger.publications('lab')[0]?.message).toMatch(/It stays.*UNSUPPORTED/);
    expect(await found(host, 'pr-7')).toBe(digest);
  });
});
