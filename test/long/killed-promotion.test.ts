import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { namespacesAvailable } from '../../src/builder/index.ts';
import { dataFolder } from '../../src/coordinator/index.ts';
import { createDemoRepository } from '../../src/demo/demo-repository.ts';
import { programEntry } from '../../src/kit/package-root.ts';
import { folderStore, readEntry } from '../../src/mirror/index.ts';
import { isClearsigned } from '../../src/spack/index.ts';
import { Database, createPipelineLedger, createPromotionLedger } from '../../src/store/index.ts';
import { applyChange, testSigningKey } from '../support/served-stack.ts';
import { asStarted, killServer, listenings } from '../support/server-process.ts';
import { smallStack } from '../support/small-stack.ts';

const STACK = 'small-stack';
const canRun = await namespacesAvailable();
if (!canRun) process.stderr.write('skipped: packages are built in namespaces\n');

test.skipIf(!canRun)('a server killed while it promotes packages finishes that after its restart', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-killed-promotion-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const repository = await createDemoRepository(join(folder, 'git'), process.env.PATH);
  const stack = { name: STACK, remote: repository.remote, poll: 1, promotion: 'pull-request' };
  const configuration = { data: 'data', listen: '127.0.0.1:0', stacks: [stack] };
  await writeFile(join(folder, 'slipway.server.yaml'), JSON.stringify(configuration));
  const env = { ...asStarted, PATH: process.env.PATH, HOME: folder, SPACK_SIGNING_KEY: await testSigningKey() };
  const data = dataFolder(join(folder, 'data'));
  await applyChange(repository.work, smallStack);
  await repository.commitAndPush('side', 'Change');
  const first = await serve(folder, env);
  const database = new Database(data.database, { readonly: true });
  onTestFinished(() => database.close());
  const [pipelines, promotions] = [createPipelineLedger(database), createPromotionLedger(database)];
  const newest = (trust: string) => pipelines.list({ stack: STACK }).find((one) => one.trust === trust);
  const ended = (trust: string) => ['success', 'failed'].includes(newest(trust)?.status ?? '');

  await until(() => ended('pull-request'));
  await repository.git('push', '--quiet', 'origin', 'HEAD:main');
  await until(() => promotions.promotions(newest('protected')?.id ?? '').length > 0);
  await killServer(first, data.root);

  const second = await serve(folder, env);
  await until(() => ended('protected'));
  const exited = once(second, 'exit');
  second.kill('SIGTERM');
  await exited;
  const merged = newest('protected');
  const recorded = promotions.promotions(merged?.id ?? '');
  expect([merged?.status, recorded.map(({ name, outcome }) => `${name} ${outcome}`).toSorted()]).toEqual([
    'success',
    ['leaf promoted', 'other promoted', 'tool promoted'],
  ]);
  for (const one of recorded) {
    const entry = await readEntry(folderStore(data.mirror(STACK)), one, { requireSignature: false });
    expect([isClearsigned(entry?.text ?? ''), entry?.tarball.sha256]).toEqual([true, one.tarball]);
  }
});

async function serve(folder: string, env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const child = spawn(process.execPath, [programEntry(), 'serve', '--log-level', 'error'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const _url of listenings(child)) return child;
  throw new Error('the server ended before it listened');
}

async function until(look: () => boolean): Promise<void> {
  while (!look()) await sleep(2);
}
