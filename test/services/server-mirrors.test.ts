import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readEntry, storeFromUrl, viewPrefix, writeView, type ObjectStore } from '../../src/mirror/index.ts';
import { indexManifestKey, readLockfile } from '../../src/spack/index.ts';
import { startDockerRegistry } from '../support/docker-registry.ts';
import { gather } from '../support/gather.ts';
import { startMinio } from '../support/minio.ts';
import { findPart } from '../support/part.ts';
import { removeFolder } from '../support/remove-folder.ts';
import { serveStack, stackName, type ServedStack, type ServeOptions } from '../support/served-stack.ts';
import { smallStack } from '../support/small-stack.ts';

const minio = findPart('minio');
const dockerRegistry = findPart('docker-registry');

interface Place {
  readonly mirror: NonNullable<NonNullable<ServeOptions['server']>['mirrors']>[number];
  readonly env: Readonly<Record<string, string>>;
  /** The stack's part of it, read past the server. */
  readonly store: ObjectStore;
  stop(): Promise<void>;
}

async function onMinio(folder: string): Promise<Place> {
  const { endpoint, accessKeyId, secretAccessKey, stop } = await startMinio(minio as string, folder, ['builds']);
  const env = { LAB_S3_ID: accessKeyId, LAB_S3_SECRET: secretAccessKey };
  const credentials = { id: { env: 'LAB_S3_ID' }, secret: { env: 'LAB_S3_SECRET' } };
  const keys = { S3_ENDPOINT_URL: endpoint, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  return {
    mirror: { name: 'far', url: 's3://builds/mirrors', endpoint, credentials },
    env,
    store: await storeFromUrl(`s3://builds/mirrors/${stackName}`, keys),
    stop,
  };
}

async function inRegistry(folder: string): Promise<Place> {
  const registry = await startDockerRegistry(dockerRegistry as string, folder);
  const url = `oci+http://${registry.host}/mirrors`;
  return {
    mirror: { name: 'far', url },
    env: {},
    store: await storeFromUrl(`${url}/${stackName}`, {}),
    stop: () => registry.stop(),
  };
}

const places = [
  { name: 'an S3 that is MinIO', isThere: minio !== undefined, open: onMinio },
  { name: 'a registry', isThere: dockerRegistry !== undefined, open: inRegistry },
];

describe.each(places)('a server whose mirror is in $name', ({ isThere, open }) => {
  describe.skipIf(!isThere)('and whose notary is a process of its own', () => {
    let folder: string;
    let place: Place;
    let stack: ServedStack;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'slipway-far-mirror-'));
      place = await open(folder);
      stack = await serveStack({
        stack: { mirror: 'far' },
        server: { mirrors: [place.mirror] },
        env: place.env,
      });
    });
    afterAll(async () => {
      await stack?.close();
      await place?.stop();
      await removeFolder(folder);
    });

    const manifests = async (root: string) =>
      (await gather(place.store.list(`${root}v3/manifests/spec/`))).map(({ key }) => key);

    test('a pull request pushes unsigned below its own prefix, which goes when it closes; the branch is signed', async () => {
      const request = await stack.push('change', smallStack);
      expect(await stack.finalStatus(request)).toMatchObject({ state: 'success' });
      expect(await manifests('')).toEqual([]);
      const [unsigned] = await manifests('pr/1/');
      expect((await place.store.get(unsigned as string))?.toString()).not.toContain('BEGIN PGP');

      const merged = await stack.push('main', smallStack);
      expect(await stack.finalStatus(merged)).toMatchObject({ state: 'success' });
      const keys = await manifests('');
      expect(keys.length).toBe((await manifests('pr/1/')).length);
      const { context } = stack.server.coordinator;
      const { installs } = await context.stacks.get(stackName)!.mirror.publisher('').current();
      expect(installs.size).toBe(keys.length);
      for (const { spec } of installs.values()) {
        const entry = await readEntry(place.store, spec, { verifier: context.verifier, requireSignature: true });
        expect(entry?.signedBy).toBe(context.signing.fingerprint);
      }

      await stack.repository.git('push', '--quiet', 'origin', '--delete', 'change');
      stack.server.wake(stackName);
      while ((await gather(place.store.list('pr/1/'))).length > 0) await sleep(50);
      expect(await manifests('')).toEqual(keys);
    });

    test('a view of a lock is there for anybody to read over HTTP, from the server’s own address', async () => {
      const { context } = stack.server.coordinator;
      const [record] = context.pipelines.list({ stack: stackName }).filter(({ trust }) => trust === 'protected');
      const digest = record?.lockDigest as string;
      const file = context.folder.lock(digest);
      const lock = readLockfile(await readFile(file, 'utf8'), file);
      const store = context.stacks.get(stackName)!.mirror.root('');
      await writeView(store, {
        lock,
        lockDigest: digest,
        read: { verifier: context.verifier, requireSignature: true },
      });
      const url = `${stack.server.url}/mirrors/${stackName}/${viewPrefix(digest)}`;
      const index = await fetch(`${url}/${indexManifestKey}`);
      expect(index.status).toBe(200);
      const view = await storeFromUrl(url, {});
      for (const node of lock.nodes.values()) {
        if (node.external !== undefined) continue;
        const entry = await readEntry(view, node, { verifier: context.verifier, requireSignature: true });
        expect(entry?.id.name).toBe(node.name);
      }
      expect((await fetch(`${stack.server.url}/mirrors/${stackName}/pr/1/v3/layout.json`)).status).toBe(404);
    });
  });
});
