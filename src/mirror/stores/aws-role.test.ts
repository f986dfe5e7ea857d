import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startAwsMetadata } from '../../../test/support/aws-metadata.ts';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { containerCredentials, instanceCredentials } from './aws-role.ts';

const issued = { secretAccessKey: 'secret', sessionToken: 'token', expires: Date.parse('2026-12-01T06:00:00Z') };
/** A busy machine takes more than a second for an answer now and then. */
const patient = { AWS_METADATA_SERVICE_TIMEOUT: '60' };

describe('the role of a machine', () => {
  test('is asked for with a session, and returns a key pair, its token and its end', async () => {
    const metadata = await startAwsMetadata('builder');
    const environment = { ...patient, AWS_EC2_METADATA_SERVICE_ENDPOINT: `${metadata.url}/` };
    expect(await instanceCredentials(environment)).toEqual({ accessKeyId: 'AKROLE', ...issued });
    const roles = '/latest/meta-data/iam/security-credentials/';
    expect(metadata.requests).toEqual(['PUT /latest/api/token', `GET ${roles}`, `GET ${roles}builder`]);
  });

  test('is none where no service answers, the machine has none, or it is not to be asked for', async () => {
    const metadata = await startAwsMetadata(undefined);
    const environment = { ...patient, AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url };
    expect(await instanceCredentials(environment)).toBeUndefined();
    expect(metadata.requests).toHaveLength(2);
    expect(await instanceCredentials({ ...environment, AWS_EC2_METADATA_DISABLED: 'true' })).toBeUndefined();
    expect(metadata.requests).toHaveLength(2);
    metadata.faults.push(403);
    expect(await instanceCredentials(environment)).toBeUndefined();
    expect(await instanceCredentials({ AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:9' })).toBeUndefined();
  });

  test('that is there and cannot be had is an error, not anonymity', async () => {
    // The server knows this role's name in another form than it returns it.
    const { url } = await startAwsMetadata('no/../role');
    await expect(instanceCredentials({ ...patient, AWS_EC2_METADATA_SERVICE_ENDPOINT: url })).rejects.toMatchObject({
      code: 'MIRROR_CREDENTIALS_UNAVAILABLE',
      message: expect.stringContaining('HTTP status 404'),
    });
  });
});

describe('the role of a container', () => {
  test('is asked for with the token that its environment or a file has', async () => {
    const { url } = await startAwsMetadata(undefined);
    const place = { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/task` };
    const file = join(await temporaryFolder(), 'token');
    await writeFile(file, 'agent\n');
    for (const token of [
      { AWS_CONTAINER_AUTHORIZATION_TOKEN: 'agent' },
      { AWS_CONTAINER_AUTHORIZATION_TOKEN: 'old', AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file },
    ])
      expect(await containerCredentials({ ...place, ...token })).toEqual({ accessKeyId: 'AKTASK', ...issued });
    expect(await containerCredentials({ AWS_CONTAINER_AUTHORIZATION_TOKEN: 'agent' })).toBeUndefined();
  });

  test('that is named and cannot be had is an error, and no stranger is shown the token', async () => {
    const metadata = await startAwsMetadata(undefined);
    const place = { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${metadata.url}/task` };
    const failing = { code: 'MIRROR_CREDENTIALS_UNAVAILABLE' };
    await expect(containerCredentials(place)).rejects.toMatchObject(failing);
    metadata.faults.push(503, 200);
    const token = { AWS_CONTAINER_AUTHORIZATION_TOKEN: 'agent' };
    await expect(containerCredentials({ ...place, ...token })).rejects.toThrow('the answer is not JSON');
    for (const stranger of ['http://credentials.example.org/', 'http://169.254.169.254/', 'http://127.0.0.1.example/'])
      await expect(containerCredentials({ AWS_CONTAINER_CREDENTIALS_FULL_URI: stranger, ...token })).rejects.toThrow(
        'without TLS only this machine',
      );
  });
});
