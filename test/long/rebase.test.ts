import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { publishImage } from '../../src/image/index.ts';
import { collectedTerminal } from '../support/collected-terminal.ts';
import { testImage } from '../support/image.ts';
import { openRegistry, type ServedRegistry } from '../support/served-registry.ts';
import { serveStack, type ServedStack } from '../support/served-stack.ts';
import { smallStack } from '../support/small-stack.ts';

let registry: ServedRegistry;
let served: ServedStack;

beforeAll(async () => {
  registry = await openRegistry();
  await moveBase('first');
  const image = {
    repository: 'lab/tools',
    base: `${registry.host}/bases/small:1`,
    rules: [{ branch: 'main', tag: 'latest' }],
    // It is linked statically.
    smoke: { commands: [['/opt/view/bin/tool']] },
    view: '/opt/view',
  };
  served = await serveStack({ files: { ...smallStack, 'slipway.yaml': JSON.stringify({ images: [image] }) } });
});
afterAll(async () => {
  await served?.close();
  await registry?.close();
});

async function moveBase(text: string): Promise<void> {
  await publishImage(await testImage([[{ name: 'etc/motd', text }]]), registry.repository('bases/small'), '1');
}

async function slipway(...words: readonly string[]) {
  const { terminal, stdout, stderr } = collectedTerminal();
  const context = {
    env: { SLIPWAY_URL: served.server.url },
    cwd: served.folder,
    terminal,
    signal: new AbortController().signal,
  };
  const status = await main([...words], context);
  return { status, stdout: stdout(), stderr: stderr() };
}

test('a published image is built again on its new base, and verified', async () => {
  const sha = await served.repository.git('rev-parse', 'HEAD');
  expect(await served.finalStatus(sha)).toMatchObject({ state: 'success' });
  expect(await served.finalStatus(sha, 'slipway/image')).toMatchObject({ state: 'success' });
  const rebase = ['image', 'rebase', '--stack', 'small-stack'];
  expect(await slipway(...rebase, '--check')).toEqual({
    status: 0,
    stdout: 'image 1: lab/tools:latest  its base has not moved\n',
    stderr: '',
  });

  await moveBase('second');
  const { status, stdout } = await slipway(...rebase, '--check');
  expect(status).toBe(1);
  expect(stdout).toMatch(/ {2}its base has moved\n {2}linux\/amd64: \S+ was sha256:\w+, is sha256:\w+\n$/);
  expect(served.publications()).toHaveLength(1);

  expect(await slipway(...rebase, 'lab/tools:latest')).toMatchObject({
    status: 0,
    stdout: expect.stringContaining(`image 2: lab/tools:latest  waiting  ${served.server.url}/images/2\n`),
  });
  await served.server.coordinator.publish('small-stack');
  expect(served.publications()).toMatchObject([
    { state: 'published' },
    { state: 'published', commit: sha, rebase: { of: '1', by: 'local' } },
  ]);
  const answer = await fetch(`${served.server.url}/api/v1/images/2`);
  expect(await answer.json()).toMatchObject({ image: { rebase: { of: '1', bases: [{ platform: 'linux/amd64' }] } } });
  expect(await slipway(...rebase, '--check')).toMatchObject({ status: 0 });

  const key = join(served.folder, 'cosign.pub');
  await writeFile(key, await (await fetch(`${served.server.url}/keys/cosign.pub`)).text());
  const name = `oci:${served.server.folder.images}:lab/tools:latest`;
  expect(await slipway('image', 'verify', name, '--key', key)).toMatchObject({ status: 0, stdout: '' });
});
