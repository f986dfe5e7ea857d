import { expect, test } from 'vitest';
import { openLab } from '../../../test/support/coordinator.ts';

test('a default branch whose spack.yaml names another mirror than the server uses has no pipeline', async () => {
  const lab = await openLab();
  const change = { named: 's3://builds/next', used: 's3://builds/mirror' };
  Object.assign(lab.stack, { mirrorChange: async () => change });
  const { sha, event } = lab.push('main');
  await lab.happens(event);
  expect(lab.context.pipelines.list({ stack: 'lab' })).toEqual([]);
  const [status] = lab.context.ledger.statuses('lab').filter((one) => one.sha === sha);
  expect(status).toMatchObject({ state: 'error' });
  expect(status?.description).toContain('names the mirror s3://builds/next, and this server still uses');
});

test('a pull request with such a change is tested', async () => {
  const lab = await openLab();
  Object.assign(lab.stack, { mirrorChange: async () => ({ named: 's3://a', used: 's3://b' }) });
  await lab.happens(lab.forge.request('7', lab.push('fix').sha));
  expect(lab.context.pipelines.list({ stack: 'lab' })).toHaveLength(1);
});
