import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { githubStandIn } from '../test/support/github.ts';
import { signedDeliveries, type SignedDelivery } from '../test/support/signed-deliveries.ts';
import { STACK, diskUse, readServerPid, startServer, stop } from './engine-served.ts';
import { processCpuMs, readHighWater } from './process-tree.ts';
import type { BenchReport } from './report.ts';

const DELIVERIES = 5000;
const CONNECTIONS = 40;
const SECRET = 'between GitHub and us';
/** Milliseconds in which the server ends the polls that the last delivery led to. */
const SETTLE = 3000;

/** What 5,000 deliveries of a webhook cost a server, as fast as it answers them. Needs `npm run build`. */
export async function webhooks(): Promise<BenchReport> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-webhooks-'));
  const github = await githubStandIn();
  try {
    const apiUrl = await github.listen();
    const sha = await github.push('main', { 'README.md': 'A stack.\n' });
    const deliveries = await signedDeliveries(DELIVERIES, { full: github.full, sha, secret: SECRET });
    const secrets = { token: { env: 'BENCH_TOKEN' }, webhookSecret: { env: 'BENCH_SECRET' } };
    const server = await startServer({
      folder,
      remote: '',
      lag: join(folder, 'lag'),
      forge: { github: { repository: github.full, apiUrl, ...secrets } },
      env: { BENCH_TOKEN: github.token, BENCH_SECRET: SECRET },
    });
    try {
      await sleep(SETTLE);
      const pid = readServerPid(folder);
      const [idleBytes, emptyBytes] = [readHighWater(pid), diskUse(join(folder, 'data'))];
      process.kill(pid, 'SIGUSR2');
      const before = { cpu: processCpuMs(pid).own, polls: pollsOf(github) };
      const start = performance.now();
      const sent = await sendAll(`${server.url}/hooks/github/${STACK}`, deliveries);
      const wallMs = performance.now() - start;
      await sleep(SETTLE);
      const cpuMs = processCpuMs(pid).own - before.cpu;
      const peakBytes = readHighWater(pid);
      await stop(server.child);
      const lag = JSON.parse(readFileSync(join(folder, `lag.${pid}.json`), 'utf8')) as { p99: number };
      const figures = {
        deliveries: DELIVERIES,
        answered: sent.answered,
        wallMs,
        latencyP50Ms: percentile(sent.latencies, 0.5),
        latencyP99Ms: percentile(sent.latencies, 0.99),
        cpuMsPerDelivery: cpuMs / DELIVERIES,
        dataBytesPerDelivery: (diskUse(join(folder, 'data')) - emptyBytes) / DELIVERIES,
        idleBytes,
        peakBytes,
        lagP99Ms: lag.p99,
        polls: pollsOf(github) - before.polls,
      };
      const limits = { answered: { least: DELIVERIES }, wallMs: { most: 60_000 }, peakBytes: { most: 400e6 } };
      return { figures, peers: {}, limits, skipped: [] };
    } finally {
      await stop(server.child);
    }
  } finally {
    await github.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
}

function pollsOf({ api }: Awaited<ReturnType<typeof githubStandIn>>): number {
  return api.requests.filter(({ line }) => line.endsWith('/pulls')).length;
}

/** Sends all, over several connections. */
async function sendAll(
  url: string,
  deliveries: readonly SignedDelivery[],
): Promise<{ readonly answered: number; readonly latencies: readonly number[] }> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const waiting = [...deliveries];
  const latencies: number[] = [];
  let answered = 0;
  const work = async (): Promise<void> => {
    for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
      const start = performance.now();
      if ((await send(url, one, agent)) === 202) answered += 1;
      latencies.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
  agent.destroy();
  return { answered, latencies };
}

function send(url: string, { headers, body }: SignedDelivery, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const length = { 'Content-Length': String(Buffer.byteLength(body)) };
    const call = request(url, { method: 'POST', agent, headers: { ...headers, ...length } }, (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode ?? 0));
    });
    call.once('error', reject).end(body);
  });
}

function percentile(values: readonly number[], part: number): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length * part)] ?? NaN;
}
