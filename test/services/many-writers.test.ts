import { expect, onTestFinished, test } from 'vitest';
import { brokenPromises, crowd, crowdOnS3 } from '../support/many-writers.ts';
import { startMinio } from '../support/minio.ts';
import { temporaryFolder } from '../support/mirror-package.ts';
import { findPart } from '../support/part.ts';

const minio = findPart('minio');

test('sixteen processes push five hundred entries to one folder at once, four of them killed: nothing reported is lost', async () => {
  const scale = { writers: 16, entries: 500, killed: 4 };
  const result = await crowd(await temporaryFolder(), scale);
  expect(brokenPromises(scale, result)).toEqual([]);
  expect(result.reported.length).toBeGreaterThan(370);
}, 900_000);

test.skipIf(minio === undefined)(
  'eight processes without a common record push to one bucket of MinIO, three of them killed: nothing reported is lost',
  async () => {
    const server = await startMinio(minio as string, await temporaryFolder());
    onTestFinished(() => server.stop());
    const environment = {
      S3_ENDPOINT_URL: server.endpoint,
      AWS_ACCESS_KEY_ID: server.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
    };
    const scale = { writers: 8, entries: 120, killed: 3 };
    const result = await crowdOnS3('s3://stack/crowd', environment, scale);
    expect(brokenPromises(scale, result)).toEqual([]);
    expect(result.reported.length).toBeGreaterThan(75);
  },
  900_000,
);
