import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createDemoRepository } from '../../src/demo/demo-repository.ts';
import { programEntry } from '../../src/kit/package-root.ts';
import type { JobView, PipelineDetail, StackView } from '../../src/protocol/index.ts';
import { applyChange, stackName, testSigningKey } from '../support/served-stack.ts';
import { asStarted } from '../support/server-process.ts';
import { faultOf, forbiddingWays } from '../support/without-namespaces.ts';

const fixes = { limit: 'sysctl -w user.max_user_namespaces=15000', docker: 'seccomp=unconfined' };
const ways = (['limit', 'docker'] as const).filter((way) => {
  const fault = faultOf(way);
  if (fault !== undefined) process.stderr.write(`skipped: namespaces forbidden by ${way}: ${fault}\n`);
  return fault === undefined;
});

interface Served {
  readonly url: string;
  readonly log: () => string;
  readonly child: ChildProcess;
}

async function serve(way: keyof typeof fixes, sandbox?: 'never'): Promise<Served> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'slipway-held-')));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const { work, remote, git } = await createDemoRepository(join(folder, 'git'), process.env.PATH);
  await applyChange(work, { '.gitlab-ci.yml': 'check:\n  script:\n    - echo ran\n' });
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'Add a job');
  await git('push', '--quiet', 'origin', 'HEAD:main');
  const configuration = {
    data: join(folder, 'data'),
    listen: '127.0.0.1:0',
    stacks: [{ name: stackName, remote, poll: 1 }],
    runners: [{ name: 'embedded', embedded: true, sandbox }],
  };
  await writeFile(join(folder, 'slipway.server.yaml'), JSON.stringify(configuration));
  const words: readonly string[] = [...forbiddingWays[way], process.execPath, programEntry(), 'serve'];
  const env = { PATH: process.env.PATH, SPACK_SIGNING_KEY: await testSigningKey(), ...asStarted };
  const child = spawn(words[0] ?? '', words.slice(1), { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(async () => {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  });
  let log = '';
  child.stderr.on('data', (bytes: Buffer) => (log += bytes.toString()));
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /^listening on (\S+)$/.exec(line)?.[1];
    if (url !== undefined) return { url, log: () => log, child };
  }
  throw new Error(`the server ended before it listened:\n${log}`);
}

/** Waits until the job of the pipeline is as it should be. */
async function jobWhere(url: string, matches: (job: JobView) => boolean): Promise<JobView> {
  const ask = async <T>(path: string) => (await (await fetch(`${url}/api/v1${path}`)).json()) as T;
  for (;;) {
    const { branches } = await ask<StackView>(`/stacks/${stackName}`);
    const pipeline = branches.find(({ name }) => name === 'main')?.pipeline;
    const [job] = pipeline === undefined ? [] : (await ask<PipelineDetail>(`/pipelines/${pipeline.id}`)).jobs;
    if (job !== undefined && matches(job)) return job;
    await sleep(100);
  }
}

describe.each(ways)('where namespaces are forbidden as by %s, a server', (way) => {
  test('holds its jobs, and log and job have the fix', async () => {
    const { url, log } = await serve(way);
    const job = await jobWhere(url, ({ status, stuck }) => status === 'pending' && stuck !== undefined);
    expect(job.stuck).toContain(fixes[way]);
    await expect.poll(log).toContain(fixes[way]);
  });

  test('runs trusted jobs with `sandbox: never`', async () => {
    const { url } = await serve(way, 'never');
    await jobWhere(url, ({ status }) => status === 'success');
  });
});
