import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { programEntry } from '../../src/kit/index.ts';
import { writeLauncher } from '../../src/executor/launcher.ts';
import { FleetRunner } from '../support/fleet-runner.ts';
import { findGitlabRunners } from '../support/gitlab-runners.ts';
import { BUILD } from '../support/helper-image.ts';
import { KubernetesCluster } from '../support/kubernetes-cluster.ts';
import { configureExample } from '../support/kubernetes-example.ts';
import { findPart } from '../support/part.ts';
import { serveStack, type ServedStack } from '../support/served-stack.ts';
import { smallStack } from '../support/small-stack.ts';

const TOKEN = 'glrt-a-namespace-0123456789';
const [etcd, apiServer, kwok] = [findPart('etcd'), findPart('kube-apiserver'), findPart('kwok')];
const runners = findGitlabRunners().filter(({ helper }) => helper !== undefined);
const isPossible = etcd !== undefined && apiServer !== undefined && kwok !== undefined && runners.length > 0;

/**
 * kwok runs the commands of pods on this machine instead of in containers, so gitlab-runner has to send scripts with
 * `exec`: without an image there is no first process to attach to. Exit statuses of scripts are lost in kwok 0.7.
 */
describe.skipIf(!isPossible)('the Kubernetes executor with kube-apiserver and kwok', () => {
  describe.each(runners)('of gitlab-runner $version', ({ program, helper }) => {
    let stack: ServedStack;
    let cluster: KubernetesCluster;
    let runner: FleetRunner;

    beforeAll(async () => {
      const configured = [{ name: 'kubernetes', token: { env: 'TOKEN' } }];
      stack = await serveStack({ server: { runners: configured }, env: { TOKEN } });
      const folder = join(stack.folder, 'fleet');
      await mkdir(folder);
      const bin = await writeLauncher(join(folder, 'bin'), { entry: programEntry(), cache: join(folder, 'cache') });
      await symlink(helper as string, join(bin, 'gitlab-runner-helper'));
      await writeFile(join(bin, 'gitlab-runner-build'), BUILD, { mode: 0o755 });
      cluster = await KubernetesCluster.start({
        etcd: etcd as string,
        apiServer: apiServer as string,
        kwok: { program: kwok as string, bin },
      });
      runner = new FleetRunner({ program, folder, bin });
      const more = [
        `builds_dir = "${join(folder, 'builds')}"`,
        `cache_dir = "${join(folder, 'caches')}"`,
        'environment = ["FF_USE_LEGACY_KUBERNETES_EXECUTION_STRATEGY=true"]',
      ];
      await configureExample(runner, { url: stack.server.url, token: TOKEN, api: cluster, more });
      await runner.start();
    });
    afterAll(async () => {
      await runner?.stop('SIGKILL');
      await cluster?.close();
      await stack?.close();
    });

    test('builds a stack of recipes, a pod for each job, and leaves none', async () => {
      const sha = await stack.push('main', smallStack);
      expect(await stack.finalStatus(sha), runner.log).toMatchObject({ state: 'success' });
      const jobs = [...(await stack.jobs(sha)).values()].filter(({ log }) => log.includes('gitlab-runner'));
      expect(jobs).toHaveLength(4);
      // The runner deletes a pod after it has reported the end of its job.
      await expect.poll(async () => (await cluster.requests()).stored).toEqual([]);
      const { asked, refused, pods } = await cluster.requests();
      expect([...refused]).toEqual([]);
      expect([...asked]).toEqual(expect.arrayContaining(['create pods', 'create pods/exec', 'delete pods']));
      expect(pods.length).toBeGreaterThanOrEqual(jobs.length);
    });
  });
});
