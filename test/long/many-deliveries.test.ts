import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { dataFolder } from '../../src/coordinator/index.ts';
import { programEntry } from '../../src/kit/package-root.ts';
import { Database, createForgeLedger } from '../../src/store/index.ts';
import { oneJob } from '../support/forge-lab.ts';
import { githubStandIn, type GithubStandIn } from '../support/github.ts';
import { readHighWater } from '../../bench/process-tree.ts';
import { asStarted, killServer, listenings, serverPid } from '../support/server-process.ts';
import { signedDeliveries, type SignedDelivery } from '../support/signed-deliveries.ts';

/** `SLIPWAY_TEST_DELIVERIES=5000` is what a server has to take in a minute. */
const DELIVERIES = Number(process.env.SLIPWAY_TEST_DELIVERIES ?? 300);
const KILLS = 4;
const SENDERS = 20;
const SECRET = 'between GitHub and us';
const MOST_MEMORY = 500e6;
const patience = { timeout: 600_000, interval: 100 };

let folder: string;
let github: GithubStandIn;
let server: { readonly child: ChildProcess; readonly url: string };
const peaks: number[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-deliveries-'));
  github = await githubStandIn();
  const apiUrl = await github.listen();
  await github.push('main', oneJob('"true"'));
  const secrets = { token: { env: 'FORGE_TOKEN' }, webhookSecret: { env: 'HOOK_SECRET' } };
  const configuration = {
    data: 'data',
    listen: '127.0.0.1:0',
    stacks: [{ name: 'stack', github: { repository: github.full, apiUrl, ...secrets }, poll: 0 }],
    runners: [{ name: 'embedded', embedded: true, concurrency: 2, sandbox: 'never' }],
  };
  await writeFile(join(folder, 'slipway.server.yaml'), JSON.stringify(configuration));
  await serve();
});

afterAll(async () => {
  await kill();
  await github.dispose();
  await rm(folder, { recursive: true, force: true });
});

async function serve(): Promise<void> {
  const { PATH } = process.env;
  const env = { ...asStarted, PATH, HOME: folder, FORGE_TOKEN: github.token, HOOK_SECRET: SECRET };
  const child = spawn(process.execPath, [programEntry(), 'serve', '--log-level', 'error'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { value: url } = await listenings(child).next();
  if (url === undefined) throw new Error('the server ended before it listened');
  server = { child, url };
}

async function kill(): Promise<void> {
  const data = join(folder, 'data');
  peaks.push(readHighWater(await serverPid(data)));
  await killServer(server.child, data);
}

/** Sends all deliveries, those without an answer once more, and kills the server in between. */
async function deliverAll(deliveries: readonly SignedDelivery[]): Promise<void> {
  const waiting = [...deliveries];
  let [answered, kills, running] = [0, 0, Promise.resolve()];
  const work = async (): Promise<void> => {
    for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
      await running;
      const status = await send(one).catch(() => 0);
      if (status === 202 || status === 200) answered += 1;
      else waiting.push(one);
      if (answered < ((kills + 1) * DELIVERIES) / (KILLS + 1)) continue;
      kills += 1;
      running = kill().then(serve);
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, work));
  await running;
  expect([answered, kills]).toEqual([DELIVERIES, KILLS + 1]);
}

async function send({ headers, body }: SignedDelivery): Promise<number> {
  const response = await fetch(`${server.url}/hooks/github/stack`, { method: 'POST', headers, body });
  await response.body?.cancel();
  return response.status;
}

test('deliveries by the thousand are all answered, and what was answered is not lost when the server is killed', async () => {
  const heads: string[] = [];
  for (const number of [1, 2, 3]) heads.push(await openRequest(number));
  const sha = (await github.api.tip('heads/main')) ?? '';
  const deliveries = await signedDeliveries(DELIVERIES, { full: github.full, sha, secret: SECRET });
  await deliverAll(deliveries);
  for (const head of heads)
    await vi.waitFor(() => expect(github.statuses(head).at(-1)?.state).toBe('success'), patience);
  const database = new Database(dataFolder(join(folder, 'data')).database, { readonly: true });
  try {
    const ledger = createForgeLedger(database);
    await vi.waitFor(() => expect(ledger.newestDelivery('stack')).toBeUndefined(), patience);
    expect(deliveries.filter(({ ref }) => ledger.pusher('stack', ref, sha) !== 'ada')).toEqual([]);
    expect(database.get('SELECT COUNT(*) AS count FROM deliveries')?.count).toBe(DELIVERIES);
  } finally {
    database.close();
  }
  expect(Math.max(...peaks)).toBeLessThan(MOST_MEMORY);
  expect(github.api.violations).toEqual([]);
});

/** Opens a request whose own delivery is lost. */
async function openRequest(number: number): Promise<string> {
  const head = await github.push(`change-${number}`, { [`${number}`]: 'new\n' }, 'main');
  await github.openPull({ branch: `change-${number}`, number });
  return head;
}
