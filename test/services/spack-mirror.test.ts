import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readEntry, storeFromUrl, type ObjectStore } from '../../src/mirror/index.ts';
import { gather } from '../support/gather.ts';
import { startMinio, type Minio } from '../support/minio.ts';
import { findPart } from '../support/part.ts';
import { removeFolder } from '../support/remove-folder.ts';
import { serveStack, stackName, type ServedStack } from '../support/served-stack.ts';
import { smallStack } from '../support/small-stack.ts';

const minio = findPart('minio');
const url = 's3://builds/site/mirror';
const names = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'S3_ENDPOIT_URL'];
const spack = {
  specs: ['tool', 'other'],
  view: false,
  mirrors: { 'buildcache-destination': { url, signed: true } },
};
/** As `spack ci rebuild` does, its jobs go to the mirror that `spack.yaml` names, whatever the server calls it. */
const script = ['unset SLIPWAY_MIRROR SLIPWAY_MIRROR_SOURCE', 'echo "at $S3_ENDPOINT_URL"', 'slipway rebuild'];
const ci = { 'pipeline-gen': [{ 'build-job': { 'script:': script } }] };

describe.skipIf(minio === undefined)('a stack with the S3 variables of GitLab’s jobs', () => {
  let folder: string;
  let service: Minio;
  let store: ObjectStore;
  let stack: ServedStack;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-spack-mirror-'));
    service = await startMinio(minio as string, folder, ['builds']);
    const { endpoint, accessKeyId, secretAccessKey } = service;
    const values = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    store = await storeFromUrl(url, { ...values, S3_ENDPOINT_URL: endpoint });
    const secrets = names.map((name) => ({ name, from: { env: name }, scope: 'trusted' as const }));
    stack = await serveStack({
      stack: { secrets },
      env: { ...values, S3_ENDPOIT_URL: endpoint },
      files: { ...smallStack, 'spack.yaml': JSON.stringify({ spack }) },
    });
  });
  afterAll(async () => {
    await stack?.close();
    await service?.stop();
    await removeFolder(folder);
  });

  const manifests = async (root: string) =>
    (await gather(store.list(`${root}v3/manifests/spec/`))).map(({ key }) => key);

  async function expectGreen(sha: string): Promise<ReadonlyMap<string, { readonly log: string }>> {
    const status = await stack.finalStatus(sha);
    const jobs = await stack.jobs(sha);
    const failed = [...jobs].filter(([, job]) => job.status !== 'success').map(([name, { log }]) => `${name}\n${log}`);
    expect({ state: status.state, failed }).toEqual({ state: 'success', failed: [] });
    return jobs;
  }

  async function expectSigned(): Promise<void> {
    const { context } = stack.server.coordinator;
    const { installs } = await context.stacks.get(stackName)!.mirror.publisher('').current();
    expect(installs.size).toBe(3);
    for (const { spec } of installs.values()) {
      const entry = await readEntry(store, spec, { verifier: context.verifier, requireSignature: true });
      expect(entry?.signedBy).toBe(context.signing.fingerprint);
    }
  }

  test('has its mirror exactly where its spack.yaml says, signed by the notary, and images from it', async () => {
    const jobs = await expectGreen(await stack.push('main', { LICENSE: 'Apache-2.0\n' }));
    await expectSigned();
    await stack.repository.git('tag', 'rev-1');
    await stack.repository.git('push', '--quiet', 'origin', 'rev-1');
    const sha = await stack.repository.git('rev-parse', 'HEAD');
    expect(await stack.finalStatus(sha, 'slipway/image')).toMatchObject({ state: 'success' });
    for (const { log } of jobs.values()) expect(log).not.toContain(service.secretAccessKey);
  });

  test('its jobs use that name as well: pull requests push below their own root, the branch to the mirror', async () => {
    const files = {
      'spack.yaml': JSON.stringify({ spack: { ...spack, ci } }),
      'recipes/leaf.yaml': smallStack['recipes/leaf.yaml'].replaceAll('leaf\\n', 'leaf of plain jobs\\n'),
    };
    const before = await manifests('');
    const jobs = await expectGreen(await stack.push('plain', files));
    expect(jobs.get('leaf@1.0')?.log).toContain(`at ${stack.server.url}/s3`);
    expect(jobs.get('leaf@1.0')?.log).toContain(`pushed to ${url}`);
    expect(await manifests('')).toEqual(before);
    expect(await manifests('pr/1/')).toHaveLength(2);
    await expectGreen(await stack.push('main', files));
    expect(await manifests('')).toHaveLength(before.length + 2);
    const [leaf] = (await manifests('')).filter((key) => key.includes('/leaf/') && !before.includes(key));
    expect((await store.get(leaf as string))?.toString()).toContain('BEGIN PGP SIGNED MESSAGE');
  });
});
