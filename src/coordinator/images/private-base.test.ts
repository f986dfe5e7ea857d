import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openLab, tinyStack } from '../../../test/support/coordinator.ts';
import { testImage } from '../../../test/support/image.ts';
import { testRegistry } from '../../../test/support/registry.ts';
import { publishImage } from '../../image/index.ts';
import { Secret } from '../../kit/index.ts';
import { layoutRepository, openLayout, readImage, registryClient } from '../../oci/index.ts';

const account = { username: 'lab', password: 'horse' };
const credentials = { username: account.username, password: new Secret(account.password) };

/** A registry on a port of its own that shows nothing to strangers; gives its host. */
async function privateRegistry(): Promise<string> {
  const registry = testRegistry({ auth: { scheme: 'basic', ...account } });
  const server = createAdaptorServer({ fetch: registry.fetch, createServer });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('a base in a private registry', () => {
  test('is read with the credentials that the server has for it, and pinned by digest', async () => {
    const registry = await privateRegistry();
    const base = await testImage([[{ name: 'etc/motd', text: 'hello from the base' }]]);
    const target = registryClient({ registry, repository: 'bases/small', access: 'push', credentials });
    await publishImage(base, target, '1');
    const images = [
      { repository: 'lab/stack', base: `${registry}/bases/small:1`, rules: [{ branch: 'main', tag: 'latest' }] },
    ];
    const files = { ...tinyStack, 'slipway.yaml': JSON.stringify({ images }) };

    const stranger = await openLab();
    await stranger.happens(stranger.push('main', files).event);
    await stranger.workAll();
    expect(stranger.publications()).toEqual(['latest failed']);
    expect(stranger.context.ledger.publications('lab')[0]?.message).toContain(registry);

    const lab = await openLab({ registry: { credentials } });
    await lab.happens(lab.push('main', files).event);
    await lab.workAll();
    expect(lab.publications()).toEqual(['latest published']);
    const source = layoutRepository(await openLayout(lab.folder.images), 'lab/stack');
    const { blobs, manifest } = await readImage(source, 'latest');
    expect(blobs[1]?.descriptor.digest).toBe(base.blobs[1]?.descriptor.digest);
    expect(JSON.parse(manifest.bytes.toString()).annotations).toMatchObject({
      'org.opencontainers.image.base.digest': base.manifest.descriptor.digest,
    });
  });
});
