import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FleetRunner } from '../support/fleet-runner.ts';
import { HELPER, makeHelperImage } from '../support/helper-image.ts';
import { findPart } from '../support/part.ts';
import { IMAGE, podmanLab, type PodmanLab } from '../support/podman-lab.ts';
import { serveStack, type ServedStack } from '../support/served-stack.ts';

const program = findPart('gitlab-runner');
const helper = findPart('gitlab-runner-helper');
const lab = program === undefined || helper === undefined ? undefined : podmanLab('root');
const token = 'glrt-containers-0123456789';

/** Greets who connects; it listens on the loopback interface, since all containers of the test have this machine's. */
const GREET = [
  'socket(S, 2, 1, 0); setsockopt(S, 1, 2, 1);',
  'bind(S, pack("SnC4x8", 2, 25432, 127, 0, 0, 1)) or die; listen(S, 5);',
  'while (accept(C, S)) { print C "the service greets $ENV{GREETED}\\n"; close C }',
].join(' ');

const pipeline = {
  variables: { GREETED: 'the job' },
  one: {
    image: IMAGE,
    services: [{ name: IMAGE, alias: 'db', entrypoint: ['/bin/perl', '-e', GREET] }],
    script: ['cat /etc/where', 'exec 3<>/dev/tcp/127.0.0.1/25432; cat <&3', 'echo made > made'],
    after_script: ['echo "ended with $CI_JOB_STATUS"'],
    artifacts: { paths: ['made'] },
  },
  two: { image: IMAGE, needs: ['one'], script: ['cat made', 'exit 3'] },
};

describe.skipIf(lab === undefined)('an unmodified gitlab-runner with containers of podman', () => {
  const { folder, env } = (lab ?? {}) as PodmanLab;
  let podman: ChildProcess;
  let stack: ServedStack;
  let runner: FleetRunner;

  beforeAll(async () => {
    makeHelperImage(lab as PodmanLab, helper as string);
    const socket = join(folder, 'podman.sock');
    podman = spawn('podman', ['system', 'service', '--time=0', `unix://${socket}`], { env, stdio: 'ignore' });
    while (!existsSync(socket)) await sleep(50);
    const runners = [{ name: 'containers', token: { env: 'TOKEN' } }];
    stack = await serveStack({ server: { runners }, env: { TOKEN: token } });
    runner = new FleetRunner({ program: program as string, folder: join(stack.folder, 'fleet'), bin: '/bin' });
    const docker = ['--executor', 'docker', '--docker-host', `unix://${socket}`, '--docker-image', IMAGE];
    const images = ['--docker-helper-image', HELPER, '--docker-pull-policy', 'if-not-present'];
    const network = ['--docker-network-mode', 'host', '--docker-wait-for-services-timeout', '-1'];
    await runner.register(stack.server.url, '--token', token, ...docker, ...images, ...network);
    await runner.start();
  });
  afterAll(async () => {
    await runner?.stop('SIGKILL');
    await stack?.close();
    if (podman !== undefined) {
      const exited = once(podman, 'exit');
      podman.kill('SIGTERM');
      await exited;
    }
    lab?.close();
  });

  test('runs jobs in their images with a service, and hands artifacts on', async () => {
    const sha = await stack.push('main', { '.gitlab-ci.yml': JSON.stringify(pipeline) });
    expect(await stack.finalStatus(sha), runner.log).toMatchObject({ state: 'failure' });
    const jobs = await stack.jobs(sha);
    expect(jobs.get('one'), jobs.get('one')?.log).toMatchObject({ status: 'success' });
    for (const text of ['in the image', 'the service greets the job', 'ended with success'])
      expect(jobs.get('one')?.log).toContain(text);
    expect(jobs.get('two')?.log).toContain('\nmade\n');
    expect(jobs.get('two')).toMatchObject({ status: 'failed', failureReason: 'script_failure' });
  });
});
