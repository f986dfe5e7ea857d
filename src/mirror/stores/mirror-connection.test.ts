import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { startAwsMetadata } from '../../../test/support/aws-metadata.ts';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { readEnvironment, type Mirror } from '../../spack/index.ts';
import { storeOfMirror } from './mirror-connection.ts';

const seen: { host: string; path: string; key: string; token: string }[] = [];
let endpoint = '';

beforeEach(async () => {
  seen.length = 0;
  const server = createServer((request, response) => {
    const { authorization = '', host = '', 'x-amz-security-token': token = '' } = request.headers;
    const key = /Credential=([^/]+)\//.exec(authorization)?.[1] ?? 'anonymous';
    seen.push({ host, path: request.url ?? '', key, token: String(token) });
    response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

/** A mirror as a `spack.yaml` describes it. */
function mirrorOf(described: object | string): Mirror {
  const text = JSON.stringify({ spack: { specs: [], mirrors: { lab: described } } });
  return readEnvironment(text, 'spack.yaml').environment?.mirrors[0] as Mirror;
}

async function asked(mirror: Mirror, environment: Record<string, string>, direction: 'fetch' | 'push' = 'fetch') {
  await (await storeOfMirror({ mirror, direction, environment })).get('a');
  return seen.at(-1);
}

test('credentials come from the variables that the file names, and the endpoint from the file', async () => {
  const mirror = mirrorOf({
    url: 's3://stack/m',
    endpoint_url: endpoint,
    access_pair: { id_variable: 'LAB_ID', secret_variable: 'LAB_SECRET' },
    access_token_variable: 'LAB_TOKEN',
  });
  const environment = { LAB_ID: 'AKLAB', LAB_SECRET: 's', LAB_TOKEN: 't', AWS_ACCESS_KEY_ID: 'AKOTHER' };
  expect(await asked(mirror, environment)).toMatchObject({ path: '/stack/m/a', key: 'AKLAB', token: 't' });
  await expect(storeOfMirror({ mirror, direction: 'fetch', environment: {} })).rejects.toMatchObject({
    code: 'MIRROR_VARIABLE_MISSING',
  });
});

test('fetch and push may differ, and without credentials requests are anonymous', async () => {
  const mirror = mirrorOf({
    fetch: { url: 's3://public/m', endpoint_url: endpoint },
    push: { url: 's3://stack/m', endpoint_url: endpoint, access_pair: ['AKOLD', 'word'] },
  });
  expect(await asked(mirror, {})).toMatchObject({ path: '/public/m/a', key: 'anonymous' });
  expect(await asked(mirror, {}, 'push')).toMatchObject({ path: '/stack/m/a', key: 'AKOLD' });
});

test("a profile is read from AWS's two files", async () => {
  const folder = await temporaryFolder();
  const [credentials, config] = [join(folder, 'credentials'), join(folder, 'config')];
  await writeFile(
    credentials,
    '[default]\naws_access_key_id = AKDEFAULT\naws_secret_access_key = y\n' +
      '[lab]\naws_access_key_id = AKPROFILE\naws_secret_access_key = x=y\n',
  );
  await writeFile(config, `# ours\n[profile lab]\nregion = eu-central-1\nendpoint_url = ${endpoint}\n`);
  const files = { AWS_SHARED_CREDENTIALS_FILE: credentials, AWS_CONFIG_FILE: config };
  expect(await asked(mirrorOf({ url: 's3://stack/m', profile: 'lab' }), files)).toMatchObject({ key: 'AKPROFILE' });
  expect(await asked(mirrorOf('s3://stack/m'), { ...files, AWS_PROFILE: 'lab' })).toMatchObject({
    key: 'AKPROFILE',
  });
  const unnamed = mirrorOf({ url: 's3://stack/m', endpoint_url: endpoint });
  expect(await asked(unnamed, files)).toMatchObject({ key: 'AKDEFAULT' });
  const pair = { AWS_ACCESS_KEY_ID: 'AKGIVEN', AWS_SECRET_ACCESS_KEY: 'z' };
  expect(await asked(unnamed, { ...files, ...pair })).toMatchObject({ key: 'AKGIVEN' });
  await expect(asked(mirrorOf({ url: 's3://stack/m', profile: 'none' }), files)).rejects.toThrow(
    'There is no AWS profile `none`',
  );
});

test('a profile may name a program that prints credentials, whose own words come with its failure', async () => {
  const config = join(await temporaryFolder(), 'config');
  const environment = { AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: '/nonexistent', LAB_KEY: 'AKPRINTED' };
  const mirror = mirrorOf({ url: 's3://stack/m', endpoint_url: endpoint });
  const printing = (text: string) => writeFile(config, `[default]\ncredential_process = ${text}\n`);
  await printing(
    `printf '{"Version": 1, "AccessKeyId": "%s", "SecretAccessKey": "s=1", "SessionToken": "t"}' "$LAB_KEY"`,
  );
  expect(await asked(mirror, environment)).toMatchObject({ key: 'AKPRINTED', token: 't' });
  await printing('echo half a secret; echo "log in first" >&2; exit 3');
  const failure = await asked(mirror, environment).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'MIRROR_CREDENTIALS_UNAVAILABLE' });
  expect(String(failure)).toContain('log in first');
  expect(String(failure)).not.toContain('half a secret');
  await printing('true');
  await expect(asked(mirror, environment)).rejects.toThrow('the answer is not JSON');
  await writeFile(config, '[default]\nsso_session = lab\n');
  await expect(asked(mirror, environment)).rejects.toMatchObject({ code: 'MIRROR_PROFILE_UNSUPPORTED' });
  // Neither counts for who brings a key along.
  const pair = { AWS_ACCESS_KEY_ID: 'AKGIVEN', AWS_SECRET_ACCESS_KEY: 'z' };
  expect(await asked(mirror, { ...environment, ...pair })).toMatchObject({ key: 'AKGIVEN' });
});

test('a container has the credentials of its role; the role of a machine is not for services of others', async () => {
  const metadata = await startAwsMetadata('builder');
  const mirror = mirrorOf({ url: 's3://stack/m', endpoint_url: endpoint });
  const none = { AWS_CONFIG_FILE: '/nonexistent', AWS_SHARED_CREDENTIALS_FILE: '/nonexistent' };
  const machine = { ...none, AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url };
  expect(await asked(mirror, machine)).toMatchObject({ key: 'anonymous' });
  expect(metadata.requests).toEqual([]);
  const role = {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${metadata.url}/task`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: 'agent',
  };
  expect(await asked(mirror, { ...machine, ...role })).toMatchObject({ key: 'AKTASK', token: 'token' });
});

test('the misspelt variable works, with a warning', async () => {
  const warnings: string[] = [];
  const mirror = mirrorOf('s3://stack/m');
  const warn = (message: string) => void warnings.push(message);
  const store = await storeOfMirror({ mirror, direction: 'fetch', environment: { S3_ENDPOIT_URL: endpoint }, warn });
  await store.get('a');
  expect(seen).toHaveLength(1);
  expect(warnings).toEqual(['`S3_ENDPOIT_URL` is set: it is spelt `S3_ENDPOINT_URL`']);
});
