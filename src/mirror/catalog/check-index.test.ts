import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { signedMirror } from '../../../test/support/signed-mirror.ts';

async function checked() {
  const mirror = await signedMirror();
  const publisher = mirror.publisher();
  onTestFinished(() => publisher.close());
  return { ...mirror, publisher, v3: join(mirror.folder, 'v3') };
}

test('a mirror with its index, its statement and all entries has no fault', async () => {
  const { publisher } = await checked();
  await publisher.check();
});

test('an index that is gone is a fault', async () => {
  const { publisher, v3 } = await checked();
  await rm(join(v3, 'manifests/index'), { recursive: true });
  await expect(publisher.check()).rejects.toMatchObject({ code: 'MIRROR_INDEX_MISSING', details: { count: 2 } });
});

test('a mirror that is gone altogether is a fault', async () => {
  const { publisher, v3 } = await checked();
  await rm(v3, { recursive: true });
  await expect(publisher.check()).rejects.toMatchObject({ code: 'MIRROR_INDEX_REPLACED' });
});

test('an older index that was put back is a fault', async () => {
  const { publisher, gauge, v3 } = await checked();
  const before = join(await temporaryFolder(), 'v3');
  await cp(v3, before, { recursive: true });
  await publisher.remove([gauge.hash]);
  await publisher.check();
  await cp(before, v3, { recursive: true });
  await expect(publisher.check()).rejects.toMatchObject({ code: 'MIRROR_INDEX_REPLACED', details: { number: 2 } });
});
