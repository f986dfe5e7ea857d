import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeLauncher } from '../../src/executor/launcher.ts';
import { packageRoot, programEntry } from '../../src/kit/package-root.ts';
import { FleetRunner } from '../support/fleet-runner.ts';
import { freePort } from '../support/free-port.ts';
import { findGitlabRunners } from '../support/gitlab-runners.ts';
import { HELPER, makeHelperImage } from '../support/helper-image.ts';
import { MACHINE, makeMachineImage } from '../support/machine-image.ts';
import { IMAGE, podmanLab, type PodmanLab } from '../support/podman-lab.ts';
import { serveStack, type ServedStack } from '../support/served-stack.ts';
import { smallStack } from '../support/small-stack.ts';

const versions = findGitlabRunners().filter(({ helper }) => helper !== undefined);
const lab = versions.length === 0 ? undefined : podmanLab('root');
const token = 'glrt-containers-0123456789';
const [PORT_OF_JOB, PORT_OF_RUNNER] = [await freePort(), await freePort()];

/** Greets who connects; it listens on the loopback interface, since all containers of the test have this machine's. */
const greeter = (port: number) => ({
  name: IMAGE,
  entrypoint: [
    '/bin/perl',
    '-e',
    `socket(S, 2, 1, 0); setsockopt(S, 1, 2, 1);
    bind(S, pack("SnC4x8", 2, ${port}, 127, 0, 0, 1)) or die; listen(S, 5);
    while (accept(C, S)) { print C "the service greets $ENV{GREETED}\\n"; close C }`,
  ],
});
const greeting = (port: number) => `until cat </dev/tcp/127.0.0.1/${port}; do sleep 0.1; done`;

const pipeline = {
  variables: { GREETED: 'the job' },
  one: {
    image: IMAGE,
    services: [{ ...greeter(PORT_OF_JOB), alias: 'db' }],
    script: ['cat /etc/where', greeting(PORT_OF_JOB), 'echo made > made'],
    after_script: ['echo "ended with $CI_JOB_STATUS"'],
    artifacts: { paths: ['made'] },
  },
  two: { image: IMAGE, needs: ['one'], script: ['cat made', 'exit 3'] },
};

/** Its leaf is what the service of the runner says. */
const builtWithService = {
  ...smallStack,
  '.gitlab-ci.yml': undefined,
  'recipes/leaf.yaml': `name: leaf
version: "1.0"
install: |
  mkdir -p "$PREFIX/share"
  bash -c '${greeting(PORT_OF_RUNNER)}' | tee "$PREFIX/share/leaf"
`,
};

describe.skipIf(lab === undefined)('an unmodified gitlab-runner with containers of podman', () => {
  const { folder, env } = (lab ?? {}) as PodmanLab;
  const socket = join(folder ?? '', 'podman.sock');
  let podman: ChildProcess;

  beforeAll(async () => {
    podman = spawn('podman', ['system', 'service', '--time=0', `unix://${socket}`], { env, stdio: 'ignore' });
    while (!existsSync(socket)) await sleep(50);
  });
  afterAll(async () => {
    const exited = once(podman, 'exit');
    podman.kill('SIGTERM');
    await exited;
    lab?.close();
  });

  describe.each(versions)('of version $version', ({ program, helper }) => {
    let stack: ServedStack;
    let runner: FleetRunner;

    beforeAll(async () => {
      makeHelperImage(lab as PodmanLab, helper as string);
      const runners = [{ name: 'containers', token: { env: 'TOKEN' } }];
      stack = await serveStack({ server: { runners }, env: { TOKEN: token } });
      const bin = join(stack.folder, 'bin');
      await writeLauncher(bin, { entry: programEntry(), cache: '/tmp/cache' });
      runner = new FleetRunner({ program, folder: join(stack.folder, 'fleet'), bin });
      const docker = ['--executor', 'docker', '--docker-host', `unix://${socket}`, '--docker-image', MACHINE];
      const images = ['--docker-helper-image', HELPER, '--docker-pull-policy', 'if-not-present'];
      const volumes = makeMachineImage(lab as PodmanLab, [bin, packageRoot()]);
      const mounts = volumes.flatMap((volume) => ['--docker-volumes', volume]);
      // All jobs listen at the same port, so there is one at a time.
      const network = ['--docker-network-mode', 'host', '--docker-wait-for-services-timeout', '-1', '--limit', '1'];
      await runner.register(stack.server.url, '--token', token, ...docker, ...images, ...mounts, ...network);
      const { name, entrypoint } = greeter(PORT_OF_RUNNER);
      const service = `\n[[runners.docker.services]]\nname = "${name}"\nentrypoint = ${JSON.stringify(entrypoint)}\n`;
      await appendFile(runner.config, service);
      await runner.start();
    });
    afterAll(async () => {
      await runner?.stop('SIGKILL');
      await stack?.close();
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

    test('builds a stack of recipes, one of which asks a service of the runner', async () => {
      const sha = await stack.push('main', builtWithService);
      const ended = await stack.finalStatus(sha);
      const jobs = await stack.jobs(sha);
      const logs = () => [...jobs.values()].map(({ log }) => log).join('\n');
      expect(ended, logs()).toMatchObject({ state: 'success' });
      expect([...jobs.keys()]).toEqual(expect.arrayContaining(['generate', 'leaf@1.0', 'other@1.0', 'tool@1.0']));
      expect(jobs.get('leaf@1.0')?.log).toContain('the service greets');
    });
  });
});
