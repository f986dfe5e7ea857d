import { expect, test } from 'vitest';
import { publishImage } from '../../src/image/index.ts';
import { rebaseImages } from '../../src/coordinator/images/rebase/rebase-images.ts';
import { openLab, tinyStack } from '../support/coordinator.ts';
import { testImage } from '../support/image.ts';
import { serveRegistry } from '../support/served-registry.ts';

test('a server that is killed after any of its writes builds the image once on the new base', async () => {
  const served = await serveRegistry();
  /** Makes the tag of the base name an image with this text. */
  const moveBase = async (text: string) =>
    publishImage(await testImage([[{ name: 'etc/motd', text }]]), served.repository('bases/small'), '1');
  const lab = await openLab({ registry: { wait: async () => undefined } });
  await moveBase('first');
  const rules = [{ branch: 'main', tag: 'latest' }];
  const image = { repository: `${served.host}/lab/stack`, base: `${served.host}/bases/small:1`, rules };
  await lab.happens(lab.push('main', { ...tinyStack, 'slipway.yaml': JSON.stringify({ images: [image] }) }).event);
  await lab.workAll();
  await moveBase('second');
  const asked = { by: { name: 'account:ada', actor: 'ada' } };
  for (let writes = 0, isKilled = true; isKilled; writes += 1) {
    await moveBase(`base ${writes}`);
    lab.killAfter(writes);
    await rebaseImages(lab.coordinator, lab.stack, asked).catch(() => undefined);
    await lab.coordinator.settle().catch(() => undefined);
    isKilled = lab.isDead;
    await lab.reopen();
    await rebaseImages(lab.coordinator, lab.stack, asked);
    await lab.coordinator.settle();
    expect(lab.publications().filter((one) => one !== 'latest published')).toEqual([]);
    expect(lab.publications()).toHaveLength(writes + 2);
    const [{ state } = { state: '' }] = await rebaseImages(lab.coordinator, lab.stack, { ...asked, isCheck: true });
    expect({ writes, state }).toEqual({ writes, state: 'current' });
  }
});
