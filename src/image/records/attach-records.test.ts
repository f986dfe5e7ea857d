import { describe, expect, test } from 'vitest';
import { testImage } from '../../../test/support/image.ts';
import { realBill } from '../../../test/support/recorded-image.ts';
import { testRegistry } from '../../../test/support/registry.ts';
import { listReferrers, readArtifact, registryClient, type ImageTarget } from '../../oci/index.ts';
import { attachRecords, type RecordsRequest, type SignRecord } from './attach-records.ts';
import { cosignTag } from './cosign.ts';
import { recordSigner } from '../../../test/support/record-signer.ts';

const image = (await testImage([[{ name: 'a', text: 'a' }]])).manifest.descriptor;
const bill = realBill({ digest: image.digest });
const build = {
  builder: 'https://slipway.example.org',
  contents: 'packages',
  mirror: 's3://lab/stack',
  entries: new Map(),
};

function target(listsReferrers: boolean): ImageTarget {
  const registry = testRegistry({ listsReferrers });
  return registryClient({
    registry: 'registry.example.org',
    repository: 'lab/stack',
    access: 'push',
    fetch: registry.fetch,
  });
}

function request(signer: { sign: SignRecord; publicKey: string }): RecordsRequest {
  return { image, bill, build, ...signer };
}

describe.each([true, false])('records in a registry that lists referrers itself: %s', (listsReferrers) => {
  test('are four, and each refers to the image', async () => {
    const place = target(listsReferrers);
    await attachRecords(place, request(recordSigner()));
    const found = await listReferrers(place, image.digest);
    expect(found.map(({ artifactType = '' }) => artifactType).toSorted()).toEqual([
      'application/spdx+json',
      'application/vnd.cyclonedx+json',
      'application/vnd.dev.cosign.artifact.sig.v1+json',
      'application/vnd.in-toto+json',
    ]);
  });

  test('attached again are the same, and nothing is signed or sent twice', async () => {
    const place = target(listsReferrers);
    const signer = recordSigner();
    await attachRecords(place, request(signer));
    const first = await listReferrers(place, image.digest);
    await attachRecords(place, request(signer));
    expect(signer.signed).toHaveLength(2);
    expect(await listReferrers(place, image.digest)).toEqual(first);
  });
});

test('a signature of another key stays beside ours', async () => {
  const place = target(true);
  await attachRecords(place, request(recordSigner()));
  await attachRecords(place, request(recordSigner()));
  for (const suffix of ['sig', 'att'] as const)
    expect((await readArtifact(place, cosignTag(image.digest, suffix)))?.layers).toHaveLength(2);
});

test('without a signer there are bills, and nothing that claims to be signed', async () => {
  const place = target(true);
  await attachRecords(place, { image, bill, build });
  const found = await listReferrers(place, image.digest);
  expect(found.map(({ artifactType = '' }) => artifactType).toSorted()).toEqual([
    'application/spdx+json',
    'application/vnd.cyclonedx+json',
  ]);
  expect(await place.readManifest(cosignTag(image.digest, 'sig'))).toBeUndefined();
});
