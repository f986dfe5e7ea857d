import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chown, mkdir, mkdtemp, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { actOnPipeline } from '../../src/coordinator/index.ts';
import { createDemoRepository } from '../../src/demo/demo-repository.ts';
import { sandboxAvailable } from '../../src/executor/index.ts';
import { programEntry } from '../../src/kit/package-root.ts';
import type { PipelineDetail, StackView } from '../../src/protocol/index.ts';
import { removeFolder } from '../support/remove-folder.ts';
import { serveStack, stackName, testSigningKey } from '../support/served-stack.ts';
import { asStarted, listenings, serverPid, untilGone } from '../support/server-process.ts';
import { smallStack } from '../support/small-stack.ts';

const TOKEN = 'glrt-remote-0123456789abcdef';
const WITHOUT_RIGHTS = 65_534;
const runners = [{ name: 'remote', token: { env: 'TOKEN' }, sandbox: 'always' as const }];
const [isRoot, hasSandbox] = [process.getuid?.() === 0, await sandboxAvailable()];
if (!hasSandbox) process.stderr.write('skipped: no sandbox works on this machine\n');

const running: ChildProcess[] = [];
const folders: string[] = [];
const newFolder = async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'slipway-remote-')));
  folders.push(folder);
  return folder;
};
afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }
  for (const folder of folders.splice(0)) await removeFolder(folder);
});

interface Host {
  readonly folder: string;
  readonly child: ChildProcess;
  log(): string;
}

/** A runner with a folder of its own, as on a machine of its own; started by root it runs as a user without rights. */
async function startHost(url: string, ...words: string[]): Promise<Host> {
  const folder = await newFolder();
  const [data, token] = [join(folder, 'data'), join(folder, 'token')];
  await mkdir(data, { recursive: true });
  await writeFile(token, `${TOKEN}\n`, { mode: 0o600 });
  if (isRoot) for (const path of [folder, data, token]) await chown(path, WITHOUT_RIGHTS, WITHOUT_RIGHTS);
  const user = isRoot ? ['setpriv', `--reuid=${WITHOUT_RIGHTS}`, `--regid=${WITHOUT_RIGHTS}`, '--clear-groups'] : [];
  const given = ['runner', 'run', '--url', url, '--token-file', token, '--data', data, '--concurrency', '1', ...words];
  const [program = '', ...rest] = [...user, process.execPath, programEntry(), ...given];
  const env = { PATH: process.env.PATH, HOME: folder };
  const child = spawn(program, rest, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  let text = '';
  child.stderr.on('data', (bytes: Buffer) => (text += bytes.toString()));
  const exited = once(child, 'exit').then(([code]) => Promise.reject(new Error(`exit status ${code}: ${text}`)));
  await Promise.race([once(child.stdout, 'data'), exited]);
  void exited.catch(() => undefined);
  return { folder, child, log: () => text };
}

describe.skipIf(!hasSandbox)('slipway runner run', () => {
  test('builds a stack on two hosts, and drains one while the other goes on', async () => {
    const stack = await serveStack({ server: { runners }, env: { TOKEN } });
    try {
      const { url, coordinator } = stack.server;
      const [one, two] = await Promise.all([startHost(url), startHost(url)]);
      const built = await stack.push('main', smallStack);
      expect(await stack.finalStatus(built), one.log()).toMatchObject({ state: 'success' });
      const machines = coordinator.context.runners
        .all()
        .flatMap((known) => known.machines.filter(({ systemId }) => systemId !== ''));
      expect(machines).toHaveLength(2);
      expect(new Set(machines.map(({ systemId }) => systemId)).size).toBe(2);
      expect(machines.map(({ address }) => address)).toEqual(['127.0.0.1', '127.0.0.1']);
      const begun = 'echo "as $(id -u)", echo begun, sleep 600';
      const text = `a: { script: [${begun}] }\nb: { script: [${begun}] }\n`;
      const sha = await stack.push('main', { '.gitlab-ci.yml': text });
      const ended = stack.finalStatus(sha);
      const logs = async () => [...(await stack.jobs(sha)).values()].map(({ log }) => log);
      while ((await logs()).filter((log) => log.includes('\nbegun')).length < 2) await sleep(50);
      one.child.kill('SIGTERM');
      while (!one.log().includes('Draining')) await sleep(20);
      expect(one.child.exitCode).toBeNull();
      const exited = once(one.child, 'exit');
      const pipeline = coordinator.context.pipelines.list({ stack: stackName }).find(({ head }) => head === sha);
      actOnPipeline(coordinator, pipeline?.id ?? '', 'cancel');
      expect(await ended).toMatchObject({ state: 'error' });
      expect(await exited).toEqual([0, null]);
      const last = await stack.push('main', { '.gitlab-ci.yml': 'c: { script: [echo done] }\n' });
      expect(await stack.finalStatus(last), two.log()).toMatchObject({ state: 'success' });
    } finally {
      await stack.close();
    }
  });
});

describe('a job of slipway runner run', () => {
  test('loses neither log nor artifacts while its server is killed and starts again', async () => {
    const folder = await newFolder();
    const repository = await createDemoRepository(join(folder, 'git'), process.env.PATH);
    const script = ['cd ../../../..', 'echo first', 'touch begun', 'until [ -e go ]; do sleep 0.1; done', 'cd -'];
    const job = { script: [...script, 'echo last > out'], artifacts: { paths: ['out'] } };
    const after = { needs: ['one'], script: ['cat out'] };
    await writeFile(join(repository.work, '.gitlab-ci.yml'), JSON.stringify({ one: job, two: after }));
    await repository.commitAndPush('main', 'Bring two jobs');
    const stacks = [{ name: 'lab', remote: repository.remote, poll: 1 }];
    const configuration = { data: 'data', listen: '127.0.0.1:0', runners, stacks };
    await writeFile(join(folder, 'slipway.server.yaml'), JSON.stringify(configuration));
    const server = spawn(process.execPath, [programEntry(), 'serve', '--log-level', 'fatal'], {
      cwd: folder,
      env: { ...asStarted, PATH: process.env.PATH, SPACK_SIGNING_KEY: await testSigningKey(), TOKEN },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const urls = listenings(server);
      const url = String((await urls.next()).value);
      const host = await startHost(url, '--sandbox', 'never');
      while (!existsSync(join(host.folder, 'begun'))) await sleep(50);
      const first = await serverPid(join(folder, 'data'));
      process.kill(first, 'SIGKILL');
      await untilGone(first);
      await writeFile(join(host.folder, 'go'), '');
      await urls.next();
      const get = async <View>(path: string): Promise<View> =>
        (await (await fetch(`${url}/api/v1${path}`)).json()) as View;
      const [pipeline] = (await get<StackView>('/stacks/lab')).pipelines;
      const jobs = async () => (await get<PipelineDetail>(`/pipelines/${pipeline?.id}`)).jobs;
      while ((await jobs()).some(({ status }) => !['success', 'failed'].includes(status))) await sleep(100);
      expect(
        (await jobs()).map(({ status }) => status),
        host.log(),
      ).toEqual(['success', 'success']);
      const ids = (await jobs()).map(({ id }) => id);
      const [log, next] = await Promise.all(
        ids.map(async (id) => (await fetch(`${url}/api/v1/jobs/${id}/log`)).text()),
      );
      expect([log, next]).toEqual([expect.stringContaining('first'), expect.stringContaining('last')]);
    } finally {
      const exited = once(server, 'exit');
      server.kill('SIGTERM');
      await exited;
    }
  });
});
