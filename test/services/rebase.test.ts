import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rebaseImages } from '../../src/coordinator/index.ts';
import { copyImage } from '../../src/image/index.ts';
import { layoutRepository, openLayout, registryClient } from '../../src/oci/index.ts';
import { openLab, tinyStack } from '../support/coordinator.ts';
import { startDockerRegistry, type DockerRegistry } from '../support/docker-registry.ts';
import { findPart } from '../support/part.ts';
import { removeFolder } from '../support/remove-folder.ts';
import { publishSystem } from '../support/system-base.ts';

const run = promisify(execFile);
const [dockerRegistry, skopeo] = ['docker-registry', 'skopeo'].map((name) => findPart(name));

describe.skipIf(dockerRegistry === undefined || skopeo === undefined)('docker-registry and skopeo', () => {
  let folder: string;
  let server: DockerRegistry;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-rebase-'));
    server = await startDockerRegistry(dockerRegistry as string, folder);
  });
  afterAll(async () => {
    await server?.stop();
    await removeFolder(folder);
  });

  const repository = (name: string) => registryClient({ registry: server.host, repository: name, access: 'push' });

  /** Makes the tag of the base name an image with these programs. */
  async function moveBase(...programs: readonly string[]): Promise<void> {
    const layout = await mkdtemp(join(folder, 'base-'));
    await publishSystem(layout, programs);
    const source = layoutRepository(await openLayout(layout), 'lab/base');
    await copyImage({ target: source, reference: '1' }, { target: repository('lab/base'), reference: '1' });
  }

  async function layersOf(reference: string): Promise<readonly string[]> {
    const words = ['inspect', '--tls-verify=false', `docker://${server.host}/${reference}`];
    return (JSON.parse((await run(skopeo as string, words)).stdout) as { Layers: string[] }).Layers;
  }

  test('see the layers of the new base below the layers of packages that they have, and no tag moves unless smoke tests pass', async () => {
    await moveBase('/bin/sh', '/bin/cat');
    const sent: string[] = [];
    const lab = await openLab({
      registry: {
        fetch: async (request) => {
          const digest = new URL(request.url).searchParams.get('digest');
          if (request.method === 'PUT' && digest !== null) sent.push(digest);
          return fetch(request);
        },
      },
    });
    const images = [
      {
        repository: `${server.host}/lab/stack`,
        base: `${server.host}/lab/base:1`,
        rules: [{ branch: 'main', tag: 'latest' }],
        smoke: { commands: [{ run: ['/bin/cat', '/etc/hello'], output: 'hello' }] },
        files: { hello: '/etc/hello' },
      },
    ];
    const files = { ...tinyStack, hello: 'hello\n', 'slipway.yaml': JSON.stringify({ images }) };
    await lab.happens(lab.push('main', files).event);
    await lab.workAll();
    const rebase = async () => {
      const outcomes = await rebaseImages(lab.coordinator, lab.stack, {});
      await lab.coordinator.settle();
      return outcomes.map(({ state }) => state);
    };
    const first = lab.context.ledger.publications('lab')[0]?.digest ?? '';
    const [oldBase = '', ...own] = await layersOf('lab/stack:latest');
    expect(await layersOf('lab/base:1')).toEqual([oldBase]);

    expect(await rebase()).toEqual(['current']);
    await moveBase('/bin/sh');
    expect(await rebase()).toEqual(['moved']);
    const [, failed] = lab.context.ledger.publications('lab');
    expect(failed).toMatchObject({ state: 'failed', rebase: { replaces: first } });
    expect(failed?.message).toContain('`/bin/cat /etc/hello` failed in the image');
    expect(await layersOf('lab/stack:latest')).toEqual([oldBase, ...own]);

    await moveBase('/bin/sh', '/bin/cat', '/bin/ls');
    sent.length = 0;
    expect(await rebase()).toEqual(['moved']);
    const [newBase = ''] = await layersOf('lab/base:1');
    const rebuilt = await layersOf('lab/stack:latest');
    expect(newBase).not.toBe(oldBase);
    expect(rebuilt[0]).toBe(newBase);
    expect(rebuilt.slice(1, 3)).toEqual(own.slice(0, 2));
    for (const digest of own.slice(0, 2)) expect(sent).not.toContain(digest);
    expect(sent).not.toContain(newBase);
    expect(await layersOf(`lab/stack@${first}`)).toEqual([oldBase, ...own]);
  });
});
