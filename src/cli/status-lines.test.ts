import { join } from 'node:path';
import { serve } from '@hono/node-server';
import type { AddressInfo } from 'node:net';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { collectedTerminal } from '../../test/support/collected-terminal.ts';
import { openLab, type Lab } from '../../test/support/coordinator.ts';
import { createApp } from '../server/index.ts';
import { createFeed, createNotificationLedger } from '../store/index.ts';
import { main } from './main.ts';

let lab: Lab;
beforeEach(async () => {
  lab = await openLab();
  const yaml = 'soft: { script: x, allow_failure: true }\nhard: { script: x }\nnext: { script: x, needs: [hard] }\n';
  await lab.happens(lab.push('main', { 'spack.yaml': 'spack: {}\n', '.gitlab-ci.yml': yaml }).event);
  for (let count = 0; count < 2; count += 1)
    await lab.finish((await lab.take())!, { state: 'failed', failure_reason: 'script_failure', exit_code: 1 });
});

async function serveLab(): Promise<string> {
  const page = join(lab.folder.root, 'no-page');
  const feed = createFeed(lab.database);
  const notifications = createNotificationLedger(lab.database);
  const app = createApp(lab.coordinator, {
    access: lab.access,
    feed,
    notifications,
    page,
    wake: () => true,
    poll: async () => {},
  });
  const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
    const listening = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, () => resolve(listening));
  });
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function status(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const terminal = collectedTerminal();
  const context = { env, cwd: lab.folder.root, terminal: terminal.terminal, signal: new AbortController().signal };
  const exit = await main(['status', ...words], context);
  return { exit, stdout: terminal.stdout(), stderr: terminal.stderr() };
}

const failure = ['    error: hard failed: exit code 1', '      log: slipway logs 2'];
const jobs = [
  '    job 1  failed (allowed to fail)  soft  script_failure',
  '    job 2  failed  hard  script_failure',
  '    jobs: 1 skipped',
];

test('the jobs of a pipeline that failed are shown, from the data folder and from a server', async () => {
  const url = await serveLab();
  const sources: readonly (readonly [readonly string[], Readonly<Record<string, string>>])[] = [
    [['--data', lab.folder.root], {}],
    [['--url', url], {}],
    [[], { SLIPWAY_URL: url }],
  ];
  for (const [words, env] of sources) {
    const { exit, stdout } = await status(words, env);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^ {2}pipeline 1 {2}failed {2}main /m);
    for (const line of [...failure, ...jobs]) expect(stdout.split('\n')).toContain(line);
    const { stacks } = JSON.parse((await status([...words, '--json'], env)).stdout) as {
      stacks: { pipelines: { jobs: { id: string; name: string; status: string }[] }[] }[];
    };
    expect(stacks[0]?.pipelines[0]?.jobs).toMatchObject([
      { id: '1', name: 'soft', status: 'failed', allowFailure: true },
      { id: '2', name: 'hard', status: 'failed', allowFailure: false },
      { name: 'next', status: 'skipped' },
    ]);
  }
});

test('a server names what a job that is ready waits for', async () => {
  const yaml = 'large: { script: x, tags: [large] }\n';
  await lab.happens(lab.push('main', { 'spack.yaml': 'spack: {}\n', '.gitlab-ci.yml': yaml }).event);
  const { stdout } = await status(['--url', await serveLab()]);
  expect(stdout).toMatch(/^ {4}job \d+ {2}pending {2}large {2}No runner has the tag `large`$/m);
});

test('a stack that is not there is named, with the one that was meant', async () => {
  for (const source of [
    ['--data', lab.folder.root],
    ['--url', await serveLab()],
  ]) {
    const { exit, stderr } = await status([...source, '--stack', 'lap']);
    expect(exit).toBeGreaterThan(0);
    expect(stderr).toMatch(/There is no stack `lap`.* \[STACK_UNKNOWN\]\nhint: Did you mean `lab`\?/);
  }
});
