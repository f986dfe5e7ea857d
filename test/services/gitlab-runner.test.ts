import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { programEntry } from '../../src/kit/package-root.ts';
import { writeLauncher } from '../../src/executor/launcher.ts';
import { actOnPipeline } from '../../src/coordinator/index.ts';
import { FleetRunner } from '../support/fleet-runner.ts';
import { findGitlabRunners } from '../support/gitlab-runners.ts';
import { serveStack, stackName, type ServedStack } from '../support/served-stack.ts';
import { smallStack } from '../support/small-stack.ts';

const versions = findGitlabRunners();
const token = 'glrt-a-fleet-of-one-0123456789';

const twoJobs = `
one:
  stage: build
  script: [git log -1 --format=%s, mkdir out, echo left > out/file, echo WORD=said > word.env]
  after_script: [echo "after $CI_JOB_STATUS"]
  artifacts: { paths: [out], reports: { dotenv: word.env } }
two:
  stage: test
  script: [cat out/file, echo "got $WORD", exit 3]
  after_script: [echo "after $CI_JOB_STATUS"]
  retry: { max: 1, exit_codes: 3 }
`;

describe.skipIf(versions.length === 0)('an unmodified gitlab-runner, the only one that a server has', () => {
  describe.each(versions)('of version $version', ({ program }) => {
    let stack: ServedStack;
    let runner: FleetRunner;

    beforeAll(async () => {
      const runners = [{ name: 'fleet', token: { env: 'FLEET_TOKEN' } }];
      stack = await serveStack({ server: { runners }, env: { FLEET_TOKEN: token } });
      const folder = join(stack.folder, 'fleet');
      const bin = await writeLauncher(join(stack.folder, 'bin'), {
        entry: programEntry(),
        cache: join(folder, 'cache'),
      });
      runner = new FleetRunner({ program, folder, bin });
    });
    afterAll(async () => {
      await runner?.stop('SIGKILL');
      await stack?.close();
    });

    test('runs single jobs: checks out, hands artifacts and variables on, runs after_script, is tried again', async () => {
      const sha = await stack.push('main', { '.gitlab-ci.yml': twoJobs });
      const ended = stack.finalStatus(sha);
      const said = await runner.runSingle(stack.server.url, token, { builds: 3 });
      expect(said.match(/Job succeeded|Job failed/g)).toEqual(['Job succeeded', 'Job failed', 'Job failed']);
      expect(await ended).toMatchObject({ state: 'failure' });
      const jobs = await stack.jobs(sha);
      expect(jobs.get('one')?.log).toContain('Change main');
      expect(jobs.get('one')?.log).toContain('after success');
      for (const line of ['left', 'got said', 'after failed']) expect(jobs.get('two')?.log).toContain(`\n${line}\n`);
      const { pipelines } = stack.server.coordinator.context;
      const runs = pipelines.runs(pipelines.list({ stack: stackName })[0]?.id ?? '');
      expect(runs.map(({ name, status, exitCode }) => `${name} ${status} ${exitCode}`)).toEqual([
        'one success undefined',
        'two failed 3',
        'two failed 3',
      ]);
    });

    test('registers, builds a stack of recipes that two jobs lock, and ends the job that is canceled', async () => {
      await runner.register(stack.server.url, '--token', token);
      await runner.start();
      const policy = `${smallStack['slipway.yaml']}lock: { jobs: 2 }\n`;
      const built = await stack.push('main', { ...smallStack, 'slipway.yaml': policy, '.gitlab-ci.yml': undefined });
      expect(await stack.finalStatus(built)).toMatchObject({ state: 'success' });
      expect([...(await stack.jobs(built)).keys()].toSorted()).toEqual(
        expect.arrayContaining(['generate', 'leaf@1.0', 'lock', 'other@1.0', 'tool@1.0']),
      );
      expect((await stack.jobs(built)).get('generate')?.log).toContain(
        'Joined the lock of 2 parts, which have 2 roots.',
      );
      const sha = await stack.push('main', { '.gitlab-ci.yml': 'long: { script: [echo begun, sleep 600] }\n' });
      const ended = stack.finalStatus(sha);
      for (let log = ''; !log.includes('\nbegun'); log = (await stack.jobs(sha)).get('long')?.log ?? '')
        await sleep(50);
      const { pipelines } = stack.server.coordinator.context;
      const pipeline = pipelines.list({ stack: stackName }).find((one) => one.head === sha)?.id ?? '';
      actOnPipeline(stack.server.coordinator, pipeline, 'cancel');
      expect(await ended).toMatchObject({ state: 'error', description: 'Canceled: canceled by a person' });
      await runner.stop();
      await expect.poll(() => runner.log).toContain('canceled');
    });
  });
});
