import { spawnSync } from 'node:child_process';
import { cp, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { namespacesAvailable } from '../../src/builder/index.ts';
import { packageRoot } from '../../src/kit/package-root.ts';
import { serveDemo, stackName, type ServedDemo } from '../browser/served-demo.ts';
import { findPart } from '../support/part.ts';
import { removeFolder } from '../support/remove-folder.ts';
import { runBlocks, writePrograms } from '../support/run-blocks.ts';

const canRun =
  findPart('sqlite3') !== undefined && spawnSync('cc', ['--version']).status === 0 && (await namespacesAvailable());
if (!canRun) process.stderr.write('skipped: a backup needs sqlite3, and a server to copy needs cc and namespaces\n');

describe.skipIf(!canRun)('a backup of a server that runs', () => {
  let demo: ServedDemo;
  let programs: string;
  beforeAll(async () => {
    demo = await serveDemo({ ownKey: true });
    programs = await writePrograms(join(demo.folder, 'bin'));
    await demo.start();
    await demo.bringStack();
    await demo.repository.commitAndPush('main', 'Bring the stack');
  });
  afterAll(() => demo?.close());

  const read = async (path: string): Promise<unknown> => (await fetch(`${demo.url}/api/v1/${path}`)).json();
  /** What does not change any more once the pipeline has ended. */
  const recorded = async () => {
    const { images } = (await read(`stacks/${stackName}`)) as { images: unknown };
    return { images, job: await read('jobs/1'), log: await (await fetch(`${demo.url}/api/v1/jobs/1/log`)).text() };
  };
  const slipway = async (...words: readonly string[]) =>
    execa(join(programs, 'slipway'), [...words], { cwd: demo.folder });

  test('restores images, records and keys', async () => {
    const patient = { timeout: 600_000 };
    await expect.poll(() => read('pipelines/1'), patient).toMatchObject({ status: 'success' });
    await expect.poll(async () => (await recorded()).images, patient).toMatchObject([{ state: 'published' }]);
    const seen = await recorded();
    const { stdout: keys } = await slipway('key', 'export', '--data', 'data');

    await cp(join(packageRoot(), 'contrib'), join(demo.folder, 'contrib'), { recursive: true });
    const values = { 'slipway-data': 'data', 'lab-stack': stackName };
    await runBlocks('docs/operations/backup.md', { folder: demo.folder, programs, values });

    await demo.kill();
    await removeFolder(join(demo.folder, 'data'));
    await rename(join(demo.folder, 'restored'), join(demo.folder, 'data'));
    await demo.start();
    expect(await recorded()).toEqual(seen);
    expect((await slipway('key', 'export', '--data', 'data')).stdout).toBe(keys);
    const manifest = await fetch(`${demo.url}/v2/${stackName}/manifests/latest`, { headers: { accept: '*/*' } });
    expect(manifest.status).toBe(200);
    await slipway('trigger', '--stack', stackName, '--ref', 'main', '--wait', '--url', demo.url);
  });
});
