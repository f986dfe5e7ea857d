import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { collectedTerminal } from '../support/collected-terminal.ts';
import { forkLab, labToken, type ForkLab } from '../support/fork-lab.ts';

const pipeline = `
variables: { MARK: none }
flaky:
  script:
    - printf 'WORD=reported\\n' > word.env
    - if [ "$MARK" = none ]; then exit 3; fi
  rules: [{ if: $MARK, when: manual, allow_failure: false }]
  artifacts: { when: always, reports: { dotenv: word.env } }
after: { script: ['echo "after $WORD"'], needs: [flaky] }
soon: { script: ['echo soon'], when: delayed, start_in: 1 second }
long: { script: ['echo begun', sleep 600], needs: [soon] }
`;

describe('a served pipeline, and what people do with its jobs', () => {
  let lab: ForkLab;
  let id = '';
  beforeAll(async () => {
    lab = await forkLab({ events: { pushes: false, pullRequests: false } });
    await lab.remote.commit('refs/heads/main', { '.gitlab-ci.yml': pipeline });
  });
  afterAll(() => lab.close());

  async function slipway(...words: readonly string[]) {
    const { terminal, stdout, stderr } = collectedTerminal();
    const env = { SLIPWAY_TOKEN: labToken, SLIPWAY_URL: lab.server.url };
    const context = { env, cwd: lab.data, terminal, signal: new AbortController().signal };
    return { status: await main(words, context), stdout: stdout(), stderr: stderr() };
  }
  const state = () => lab.server.coordinator.context.pipelines.state(id);
  const reached = (job: string, status: string) => lab.until(() => state().jobs[job]?.status === status);
  async function logOf(job: string): Promise<string> {
    const run = lab.server.coordinator.context.pipelines.latestRun(id, job);
    return readFile(join(lab.data, 'jobs', run?.id ?? '', 'trace.log'), 'utf8');
  }

  test('a delayed job starts by itself, and a job that is canceled ends at its runner', async () => {
    id = (await lab.post('trigger', { ref: 'main' })).body['id'] ?? '';
    await reached('long', 'running');
    expect(state().jobs['soon']?.status).toBe('success');
    const canceled = await slipway('cancel', 'long', '--pipeline', id, '--json');
    expect(JSON.parse(canceled.stdout)).toMatchObject({ job: 'long', status: 'canceling' });
    await reached('long', 'canceled');
  });

  test('a manual job is played, and once more with variables of its own; what it reports reaches the next', async () => {
    expect(state().jobs['flaky']?.status).toBe('manual');
    expect((await slipway('play', 'flaky', '--pipeline', id)).status).toBe(0);
    await reached('flaky', 'failed');
    expect(state().jobs['after']?.status).toBe('skipped');
    const refused = await slipway('play', 'flaky', '--pipeline', id, '--variable', 'MARK=given');
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('Cannot play job `flaky`') as string });
    const run = lab.server.coordinator.context.pipelines.latestRun(id, 'flaky');
    expect(await slipway('retry', run?.id ?? '')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^flaky of pipeline \d+: pending {2}\(job \d+\)$/m) as string,
    });
    await reached('flaky', 'failed');
  });

  test('a new pipeline’s manual job gets its variables, and a canceled pipeline is reported once', async () => {
    id = (await lab.post('trigger', { ref: 'main' })).body['id'] ?? '';
    await slipway('play', 'flaky', '--pipeline', id, '--variable', 'MARK=given');
    await reached('after', 'success');
    expect(await logOf('after')).toContain('after reported');
    expect((await slipway('cancel', '--pipeline', id)).stdout).toMatch(/^pipeline \d+: /);
    await lab.until(() => ['canceled', 'success'].includes(state().status));
    expect(await slipway('cancel', '--pipeline', id)).toMatchObject({ status: 1 });
    expect(await slipway('cancel')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('a job by its name or id') as string,
    });
  });
});
