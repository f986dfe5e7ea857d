import { expect, test } from 'vitest';
import type { JobView } from '../../../../src/protocol/index.ts';
import { setupText } from './setup-line.tsx';

const from = '2026-01-01T00:00:00.000Z';
const generate = { name: 'generate', kind: 'script', status: 'success', finishedAt: '2026-01-01T00:00:12.000Z' };
const build = { name: 'build', kind: 'trigger', status: 'running' };
const text = (...jobs: readonly object[]) => setupText({ jobs: jobs as JobView[], from });

test('the setup of a pipeline lasts until its last script has ended, whether or not the child runs on', () => {
  expect(text(generate, build)).toBe('Pipeline set up in 12 s');
  expect(text({ ...generate, finishedAt: undefined, status: 'running' }, build)).toBe('Setup of the pipeline');
  expect(text({ ...generate, status: 'failed' }, build)).toBe('The setup of the pipeline failed');
});
