import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { FleetRunner } from '../support/fleet-runner.ts';
import { findGitlabRunners } from '../support/gitlab-runners.ts';
import { KubernetesApi } from '../support/kubernetes-api.ts';
import { serveStack, type ServedStack } from '../support/served-stack.ts';

const VALUES = new URL('../../examples/kubernetes/values.yaml', import.meta.url);
const TOKEN = 'glrt-a-namespace-0123456789';

interface Values {
  readonly runners: { readonly config: string };
}

/** Writes the configuration of the example, with the addresses of the test. */
async function configure(runner: FleetRunner, { url, api }: { readonly url: string; readonly api: KubernetesApi }) {
  const { runners } = load(await readFile(VALUES, 'utf8')) as Values;
  const own = runners.config
    .replace('[[runners]]', `[[runners]]\n  url = "${url}"\n  token = "${TOKEN}"`)
    .replace(
      '[runners.kubernetes]',
      `[runners.kubernetes]\n    host = "${api.url}"\n    bearer_token = "${api.token}"`,
    );
  await writeFile(runner.config, `concurrent = 1\ncheck_interval = 1\n${own}`);
}

describe.each(findGitlabRunners())(
  'the Kubernetes executor of gitlab-runner $version, as examples/kubernetes sets it up',
  ({ program }) => {
    let stack: ServedStack;
    let api: KubernetesApi;
    let runner: FleetRunner;

    beforeAll(async () => {
      const runners = [{ name: 'kubernetes', token: { env: 'TOKEN' }, sandbox: 'always' as const }];
      stack = await serveStack({ server: { runners }, env: { TOKEN } });
      api = await KubernetesApi.start();
      const folder = join(stack.folder, 'fleet');
      await mkdir(folder);
      runner = new FleetRunner({ program, folder, bin: '/bin' });
      await configure(runner, { url: stack.server.url, api });
      await runner.start();
    });
    afterAll(async () => {
      await runner?.stop('SIGKILL');
      api?.close();
      await stack?.close();
    });

    test('makes a pod for a job within the rights of the example, and leaves nothing', async () => {
      const variables = { KUBERNETES_CPU_REQUEST: '2', KUBERNETES_MEMORY_REQUEST: '3Gi', SECRET: 'kept' };
      const job = { image: 'registry.example.org/builder:1', services: ['postgres:16'], variables, script: ['make'] };
      const sha = await stack.push('main', { '.gitlab-ci.yml': JSON.stringify({ job }) });
      expect(await stack.finalStatus(sha), runner.log).toMatchObject({ state: 'failure' });
      const { log, failureReason } = (await stack.jobs(sha)).get('job') ?? {};
      expect(log).toContain('there is no kubelet');
      expect(failureReason).toBe('runner_system_failure');
      expect([...api.refused]).toEqual([]);
      expect([...api.asked]).toEqual(
        expect.arrayContaining(['create pods', 'get pods', 'create pods/exec', 'delete pods']),
      );
      const pod = api.created.find(({ resource }) => resource === 'pods')?.object;
      expect(pod?.metadata).toMatchObject({
        namespace: 'slipway-jobs',
        labels: { 'app.kubernetes.io/part-of': 'slipway' },
      });
      expect(pod?.spec).toMatchObject({ serviceAccountName: 'job', automountServiceAccountToken: false });
      const build = pod?.spec?.containers.find((one) => one.name === 'build');
      expect(build).toMatchObject({ image: job.image, resources: { requests: { cpu: '2', memory: '3Gi' } } });
      expect(JSON.stringify(pod)).not.toMatch(/"privileged":true|hostPath|"hostNetwork":true/);
      await vi.waitFor(() => expect(api.stored).toEqual([]), 60_000);
    });

    test('fails a job that requests more than the example allows, without a pod', async () => {
      const before = api.created.length;
      const job = { variables: { KUBERNETES_CPU_REQUEST: '64' }, script: ['make'] };
      const sha = await stack.push('main', { '.gitlab-ci.yml': JSON.stringify({ job }) });
      expect(await stack.finalStatus(sha), runner.log).toMatchObject({ state: 'failure' });
      expect((await stack.jobs(sha)).get('job')?.log).toContain('requested "64" is higher than limit allowed "32"');
      expect(api.created.slice(before)).toEqual([]);
    });
  },
);
