import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serveStack, stackName, testSigningKey, type ServedStack } from '../support/served-stack.ts';
import { smallStack } from '../support/small-stack.ts';

let folder: string;
let key: string;
let first: ServedStack;
let second: ServedStack | undefined;

const data = () => join(folder, 'data');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-lost-'));
  key = await testSigningKey();
  first = await serveStack({ server: { data: data() }, env: { SPACK_SIGNING_KEY: key } });
});
afterAll(async () => {
  await second?.close();
  await first?.close();
  await rm(folder, { recursive: true, force: true });
});

test('a server that lost its database gives new numbers, and the notary goes on signing for it', async () => {
  const sha = await first.push('main', smallStack);
  expect(await first.finalStatus(sha)).toMatchObject({ state: 'success' });
  const jobs = (await readdir(join(data(), 'jobs'))).map(Number);
  await first.server.stop();
  for (const file of await readdir(data())) if (file.startsWith('slipway.db')) await rm(join(data(), file));

  const stack = { remote: first.repository.remote };
  second = await serveStack({ server: { data: data() }, stack, env: { SPACK_SIGNING_KEY: key } });
  const recipe = `${smallStack['recipes/other.yaml']}  echo more > "$PREFIX/more"\n`;
  const next = await first.push('main', { 'recipes/other.yaml': recipe });
  expect(await second.finalStatus(next)).toMatchObject({ state: 'success' });
  const { pipelines } = second.server.coordinator.context;
  const [newest] = pipelines.list({ stack: stackName });
  // The first pipeline and its child had 1 and 2.
  expect(Number(newest?.id)).toBeGreaterThan(2);
  const runs = pipelines.runs(newest?.id ?? '').map(({ id }) => Number(id));
  expect(Math.min(...runs)).toBeGreaterThan(Math.max(...jobs));
});
