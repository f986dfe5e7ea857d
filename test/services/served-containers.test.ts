import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { createDemoRepository } from '../../src/demo/demo-repository.ts';
import { sandboxAvailable } from '../../src/executor/index.ts';
import type { PipelineDetail, StackView } from '../../src/protocol/index.ts';
import { IMAGE, podmanLab, SERVICE, type PodmanLab } from '../support/podman-lab.ts';
import { removeFolder } from '../support/remove-folder.ts';
import { testSigningKey } from '../support/served-stack.ts';
import { asStarted, killServer, listenings, serverPid } from '../support/server-process.ts';

const hasSandbox = await sandboxAvailable();
if (!hasSandbox) process.stderr.write('skipped: no sandbox works on this machine\n');
const labs = hasSandbox ? (['root', 'nobody'] as const).flatMap((user) => podmanLab(user) ?? []) : [];
afterAll(() => labs.forEach((lab) => lab.close()));

const containers = { containers: true, pullPolicies: ['never'] };
const embedded = { name: 'embedded', embedded: true, concurrency: 1, ...containers };
const TOKEN = 'glrt-containers-0123456789abcdef';
/** Several processes start for each step. */
const PATIENT = { timeout: 300_000 };
const services = [{ name: SERVICE, alias: 'db' }];

interface Served {
  readonly folder: string;
  readonly data: string;
  /** Starts `slipway serve`, and returns it once it listens. */
  start(): Promise<{ readonly child: ChildProcess; readonly url: string; next(): Promise<unknown> }>;
}

/** A server of a stack with a pipeline; what a test starts ends with it. */
async function serve(lab: PodmanLab, pipeline: object, runners: readonly object[] = [embedded]): Promise<Served> {
  const folder = realpathSync(mkdtempSync(join(lab.folder, 'served-')));
  const repository = await createDemoRepository(join(folder, 'git'), process.env.PATH);
  writeFileSync(join(repository.work, '.gitlab-ci.yml'), JSON.stringify(pipeline));
  await repository.commitAndPush('main', 'Bring a pipeline');
  const stacks = [{ name: 'lab', remote: repository.remote, poll: 1 }];
  const configuration = { data: 'data', listen: '127.0.0.1:0', runners, stacks };
  writeFileSync(join(folder, 'slipway.server.yaml'), JSON.stringify(configuration));
  lab.own(folder);
  const variables = { ...asStarted, SPACK_SIGNING_KEY: await testSigningKey(), TOKEN };
  const running: ChildProcess[] = [];
  onTestFinished(async () => {
    await Promise.all(running.map(stop));
    await removeFolder(folder);
  });
  return {
    folder,
    data: join(folder, 'data'),
    start: async () => {
      const child = lab.start(folder, ['serve', '--log-level', 'warn'], variables);
      running.push(child);
      child.stderr?.pipe(process.stderr);
      const urls = listenings(child);
      return { child, url: String((await urls.next()).value), next: () => urls.next() };
    },
  };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

/** The jobs of the newest pipeline with their logs, by name. */
async function jobsOf(url: string): Promise<Readonly<Record<string, { status: string; log: string }>>> {
  const get = (path: string) => fetch(`${url}/api/v1${path}`);
  const [pipeline] = ((await (await get('/stacks/lab')).json()) as StackView).pipelines;
  if (pipeline === undefined) return {};
  const { jobs } = (await (await get(`/pipelines/${pipeline.id}`)).json()) as PipelineDetail;
  const seen = await Promise.all(
    jobs.map(async ({ id, name, status }) => {
      const log = await (await get(`/jobs/${id}/log`)).text();
      return [name, { status, log }] as const;
    }),
  );
  return Object.fromEntries(seen);
}

const idsOf = (lab: PodmanLab) => lab.podman('ps', '--all', '--quiet').split('\n').filter(Boolean);

describe.each(labs)('slipway serve with podman of $user', (lab) => {
  test('runs the jobs of a pipeline in their images, with services, and hands artifacts on', async () => {
    const greeted = 'exec 3<>/dev/tcp/db/5432; cat <&3';
    const one = {
      image: IMAGE,
      services,
      script: ['cat /etc/where README.md', greeted, '[ -p "$SLIPWAY_JOBSERVER" ]', 'touch /left', 'echo made > made'],
      after_script: ['ls /left'],
      artifacts: { paths: ['made'] },
    };
    const two = { image: IMAGE, needs: ['one'], script: ['cat made', 'exit 3'] };
    const server = await serve(lab, { variables: { GREETED: 'the job' }, one, two });
    const { url } = await server.start();
    await expect.poll(async () => (await jobsOf(url)).two?.status, PATIENT).toBe('failed');
    const jobs = await jobsOf(url);
    expect(jobs.one, jobs.one?.log).toMatchObject({ status: 'success' });
    for (const text of ['in the image', '# A stack', 'the service greets the job'])
      expect(jobs.one?.log).toContain(text);
    expect(jobs.one?.log).toMatch(/^\/left$/m);
    expect(jobs.two?.log).toMatch(/^made$/m);
    await expect.poll(() => idsOf(lab)).toEqual([]);
  });

  test('leaves no container of a server that was killed, and runs its job again', async () => {
    const server = await serve(lab, { one: { image: IMAGE, services, script: ['echo has begun', 'sleep 600'] } });
    /** Waits until the containers of a job are there besides those of killed servers, and its script has begun. */
    const begun = async (url: string, old: readonly string[]): Promise<readonly string[]> => {
      await expect.poll(async () => (await jobsOf(url)).one?.log, PATIENT).toMatch(/^has begun$/m);
      await expect.poll(() => idsOf(lab).filter((id) => old.includes(id))).toEqual([]);
      await expect.poll(() => idsOf(lab)).toHaveLength(2);
      return idsOf(lab);
    };
    const first = await server.start();
    const killed = await begun(first.url, []);
    process.kill(await serverPid(server.data), 'SIGKILL');
    await first.next();
    const again = await begun(first.url, killed);
    await killServer(first.child, server.data);
    const second = await server.start();
    await begun(second.url, again);
    await stop(second.child);
    expect(idsOf(lab)).toEqual([]);
  });

  test('runs jobs in their images on another machine, by slipway runner run', async () => {
    const one = { image: IMAGE, services, script: ['cat /etc/where README.md'] };
    const server = await serve(lab, { one }, [{ name: 'other', token: { env: 'TOKEN' }, sandbox: 'always' }]);
    const { url } = await server.start();
    writeFileSync(join(server.folder, 'runner.yaml'), JSON.stringify(containers));
    const words = ['--url', url, '--data', join(server.folder, 'other'), '--config', 'runner.yaml'];
    const host = lab.start(server.folder, ['runner', 'run', ...words], { SLIPWAY_RUNNER_TOKEN: TOKEN });
    host.stderr?.pipe(process.stderr);
    onTestFinished(() => stop(host));
    await expect.poll(async () => (await jobsOf(url)).one?.status, PATIENT).toMatch(/^(?:success|failed)$/);
    const jobs = await jobsOf(url);
    expect(jobs.one, jobs.one?.log).toMatchObject({ status: 'success' });
    expect(jobs.one?.log).toContain('in the image');
    await expect.poll(() => idsOf(lab)).toEqual([]);
  });
});
