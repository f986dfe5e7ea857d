import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FleetRunner } from '../support/fleet-runner.ts';
import { findGitlabRunners } from '../support/gitlab-runners.ts';
import type { KubernetesUnderTest } from '../support/kubernetes.ts';
import { KubernetesApi } from '../support/kubernetes-api.ts';
import { KubernetesCluster } from '../support/kubernetes-cluster.ts';
import { configureExample } from '../support/kubernetes-example.ts';
import { findPart } from '../support/part.ts';
import { serveStack, type ServedStack } from '../support/served-stack.ts';

const TOKEN = 'glrt-a-namespace-0123456789';

const [etcd, apiServer] = [findPart('etcd'), findPart('kube-apiserver')];
const apis = [
  { name: 'a part of its API', start: (): Promise<KubernetesUnderTest> => KubernetesApi.start() },
  ...(etcd !== undefined && apiServer !== undefined
    ? [{ name: 'kube-apiserver', start: () => KubernetesCluster.start({ etcd, apiServer }) }]
    : []),
];
const pairs = findGitlabRunners().flatMap(({ version, program }) => apis.map((api) => ({ version, program, ...api })));

describe.each(pairs)(
  'the Kubernetes executor of gitlab-runner $version with $name, as examples/kubernetes sets it up',
  ({ program, start }) => {
    let stack: ServedStack;
    let api: KubernetesUnderTest;
    let runner: FleetRunner;

    beforeAll(async () => {
      const runners = [{ name: 'kubernetes', token: { env: 'TOKEN' }, sandbox: 'always' as const }];
      stack = await serveStack({ server: { runners }, env: { TOKEN } });
      api = await start();
      const folder = join(stack.folder, 'fleet');
      await mkdir(folder);
      runner = new FleetRunner({ program, folder, bin: '/bin' });
      await configureExample(runner, { url: stack.server.url, token: TOKEN, api });
      await runner.start();
    });
    afterAll(async () => {
      await runner?.stop('SIGKILL');
      await api?.close();
      await stack?.close();
    });

    test('makes a pod for a job within the rights of the example, and leaves nothing', async () => {
      const variables = { KUBERNETES_CPU_REQUEST: '2', KUBERNETES_MEMORY_REQUEST: '3Gi', SECRET: 'kept' };
      const job = { image: 'registry.example.org/builder:1', services: ['postgres:16'], variables, script: ['make'] };
      const sha = await stack.push('main', { '.gitlab-ci.yml': JSON.stringify({ job }) });
      expect(await stack.finalStatus(sha), runner.log).toMatchObject({ state: 'failure' });
      const { log, failureReason } = (await stack.jobs(sha)).get('job') ?? {};
      expect(log).toContain('error dialing backend');
      expect(failureReason).toBe('runner_system_failure');
      // The runner deletes the pod after it has reported the end of the job.
      await expect.poll(async () => (await api.requests()).stored).toEqual([]);
      const { asked, refused, pods } = await api.requests();
      expect([...refused]).toEqual([]);
      expect([...asked]).toEqual(
        expect.arrayContaining(['create pods', 'get pods', 'create pods/exec', 'delete pods']),
      );
      const [pod] = pods;
      expect(pod?.metadata).toMatchObject({
        namespace: 'slipway-jobs',
        labels: { 'app.kubernetes.io/part-of': 'slipway' },
      });
      expect(pod?.spec).toMatchObject({ serviceAccountName: 'job', automountServiceAccountToken: false });
      const build = pod?.spec?.containers.find((one) => one.name === 'build');
      expect(build).toMatchObject({ image: job.image, resources: { requests: { cpu: '2', memory: '3Gi' } } });
      expect(JSON.stringify(pod)).not.toMatch(/"privileged":true|hostPath|"hostNetwork":true/);
    });

    test('fails a job that requests more than the example allows, without a pod', async () => {
      const before = (await api.requests()).pods.length;
      const job = { variables: { KUBERNETES_CPU_REQUEST: '64' }, script: ['make'] };
      const sha = await stack.push('main', { '.gitlab-ci.yml': JSON.stringify({ job }) });
      expect(await stack.finalStatus(sha), runner.log).toMatchObject({ state: 'failure' });
      expect((await stack.jobs(sha)).get('job')?.log).toContain('requested "64" is higher than limit allowed "32"');
      expect((await api.requests()).pods.slice(before)).toEqual([]);
    });
  },
);

describe.skipIf(etcd === undefined || apiServer === undefined)('kube-apiserver, as jobs.yaml sets it up', () => {
  let cluster: KubernetesCluster;
  beforeAll(async () => {
    cluster = await KubernetesCluster.start({ etcd: etcd as string, apiServer: apiServer as string });
  });
  afterAll(() => cluster?.close());

  const pod = (name: string, container: object) => ({
    metadata: { name },
    spec: { serviceAccountName: 'job', containers: [{ name: 'build', image: 'debian', ...container }] },
  });
  const create = (body: object) =>
    cluster.ask('POST', '/api/v1/namespaces/slipway-jobs/pods', { body, token: cluster.token });

  test('lets the runner create a pod, also one that requests nothing', async () => {
    expect(await create(pod('plain', {}))).toMatchObject({ status: 201 });
  });

  test.each([
    ['a privileged container', { securityContext: { privileged: true } }, 'violates PodSecurity'],
    ['more than the quota has', { resources: { requests: { cpu: '257', memory: '1Gi' } } }, 'exceeded quota: jobs'],
  ])('refuses %s', async (_, container, reason) => {
    const { status, body } = await create(pod('refused', container));
    expect(status).toBe(403);
    expect(body).toContain(reason);
  });

  test.each(['/api/v1/namespaces/slipway-runner/secrets', '/api/v1/nodes', '/api/v1/namespaces/slipway-jobs/secrets'])(
    'does not let the runner list %s',
    async (path) => {
      expect(await cluster.ask('GET', path, { token: cluster.token })).toMatchObject({ status: 403 });
    },
  );
});
