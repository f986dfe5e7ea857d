import { describe, expect, test } from 'vitest';
import { openLab, tinyStack } from '../../../test/support/coordinator.ts';
import { testImage } from '../../../test/support/image.ts';
import { serveRegistry } from '../../../test/support/served-registry.ts';
import { publishImage } from '../../image/index.ts';
import { Secret } from '../../kit/index.ts';
import { layoutRepository, openLayout, readImage } from '../../oci/index.ts';

const account = { username: 'lab', password: 'horse' };
const credentials = { username: account.username, password: new Secret(account.password) };

describe('a base in a private registry', () => {
  test('is read with the credentials that the server has for it, and pinned by digest', async () => {
    const { host, repository } = await serveRegistry({ auth: { scheme: 'basic', ...account } });
    const base = await testImage([[{ name: 'etc/motd', text: 'hello from the base' }]]);
    await publishImage(base, repository('bases/small', credentials), '1');
    const images = [
      { repository: 'lab/stack', base: `${host}/bases/small:1`, rules: [{ branch: 'main', tag: 'latest' }] },
    ];
    const files = { ...tinyStack, 'slipway.yaml': JSON.stringify({ images }) };

    const stranger = await openLab();
    await stranger.happens(stranger.push('main', files).event);
    await stranger.workAll();
    expect(stranger.publications()).toEqual(['latest failed']);
    expect(stranger.context.ledger.publications('lab')[0]?.message).toContain(host);

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
