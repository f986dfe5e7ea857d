import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FleetRunner } from '../support/fleet-runner.ts';
import { findGitlabRunners } from '../support/gitlab-runners.ts';
import { serveStack, stackName, type ServedStack } from '../support/served-stack.ts';

const versions = findGitlabRunners();
const TOKEN = 'glrt-a-lost-machine-0123456789';

/** A job that ends when a file is there, and is tried again for each way in which its runner can be lost. */
const job = ({ folder }: ServedStack) => `
job:
  script: [echo begun, "until [ -e ${folder}/go ]; do sleep 0.1; done"]
  retry: { max: 1, when: [runner_system_failure, stuck_or_timeout_failure] }
`;

describe.skipIf(versions.length === 0)('the job of an unmodified gitlab-runner', () => {
  describe.each(versions)('of version $version', ({ program }) => {
    test.each([
      { signal: 'SIGTERM', reason: 'runner_system_failure' },
      // It says nothing more, so that the job ends after `limits.runnerSilence`.
      { signal: 'SIGKILL', reason: 'stuck_or_timeout_failure' },
    ] as const)('is tried again when the runner gets $signal', async ({ signal, reason }) => {
      const runners = [{ name: 'fleet', token: { env: 'TOKEN' } }];
      const stack = await serveStack({ server: { runners, limits: { runnerSilence: 60 } }, env: { TOKEN } });
      const runner = new FleetRunner({ program, folder: join(stack.folder, 'fleet'), bin: '/bin' });
      try {
        await runner.register(stack.server.url, '--token', TOKEN);
        await runner.start();
        const sha = await stack.push('main', { '.gitlab-ci.yml': job(stack) });
        const ended = stack.finalStatus(sha);
        await expect.poll(async () => (await stack.jobs(sha)).get('job')?.log).toContain('\nbegun');
        await runner.stop(signal);
        await writeFile(join(stack.folder, 'go'), '');
        await runner.start();
        expect(await ended, runner.log).toMatchObject({ state: 'success' });
        const { pipelines } = stack.server.coordinator.context;
        const runs = pipelines.runs(pipelines.list({ stack: stackName })[0]?.id ?? '');
        expect(runs.map(({ status, failureReason }) => [status, failureReason])).toEqual([
          ['failed', reason],
          ['success', undefined],
        ]);
      } finally {
        await runner.stop('SIGKILL');
        await stack.close();
      }
    });
  });
});
