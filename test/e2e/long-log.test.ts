import { afterAll, beforeAll, expect, test } from 'vitest';
import { LogIndex } from '../../src/protocol/index.ts';
import { serveStack, type ServedStack } from '../support/served-stack.ts';

const LIMIT = 30_000;
const pipeline = `
long:
  script: ['seq 20000']
`;

let served: ServedStack;
beforeAll(async () => {
  served = await serveStack({ server: { limits: { logBytes: LIMIT } } });
});
afterAll(() => served?.close());

test('a log is kept up to the limit of the configuration, and says where it was cut', async () => {
  const sha = await served.push('main', { '.gitlab-ci.yml': pipeline });
  expect(await served.finalStatus(sha)).toMatchObject({ state: 'success' });
  const response = await fetch(`${served.server.url}/api/v1/jobs/1/log/index`);
  const { size, cut, lines } = LogIndex.parse(await response.json());
  expect(size).toBeLessThanOrEqual(LIMIT);
  expect(size).toBeGreaterThan(LIMIT - 2000);
  expect(cut).toBe(lines - 1);
});
