import { heapBytes } from '../test/support/heap-bytes.ts';
import { median, type Cost } from './measure.ts';
import { openQueueServer, type QueueSize } from './queue-server.ts';
import type { BenchOptions, BenchReport, Limit } from './report.ts';

type Figures = Readonly<Record<string, number>>;

const ROUNDS = 40;
const sizes: readonly QueueSize[] = [
  { pending: 10, pipelines: 1 },
  { pending: 5000, pipelines: 1 },
  { pending: 5000, pipelines: 500 },
  { pending: 50_000, pipelines: 1 },
  { pending: 50_000, pipelines: 500 },
];
const LARGE = 50_000;
/** CPU time of a request while many jobs wait, by that while ten do: for 5,000 times as many, the same but for caches. */
const MOST_GROWTH = 3;

/**
 * Measures what a runner's request costs a server on which many jobs wait: a request that finds none for the runner,
 * one that is given a job, and one that is given a job after others have ended. 100 jobs run meanwhile.
 */
export async function queue({ isQuick }: BenchOptions): Promise<BenchReport> {
  const figures: Record<string, number> = {};
  const limits: Record<string, Limit> = {};
  // The first requests of a process are slower: their code is not compiled yet.
  await costsOf(sizes[0] as QueueSize);
  let least: Figures | undefined;
  for (const size of sizes.filter(({ pending }) => !isQuick || pending < LARGE)) {
    const costs = await costsOf(size);
    const growth = least === undefined ? {} : growthOf(costs, least);
    least ??= costs;
    const named = (name: string) => `pending${size.pending}Pipelines${size.pipelines}${name}`;
    for (const [name, value] of Object.entries({ ...costs, ...growth })) figures[named(name)] = value;
    for (const name of Object.keys(growth)) limits[named(name)] = { most: MOST_GROWTH };
  }
  return { figures, peers: {}, limits, skipped: isQuick ? [`${LARGE} pending jobs: \`--quick\``] : [] };
}

/** Returns how many times as much CPU each kind of request takes as with the fewest jobs that wait. */
function growthOf(costs: Figures, least: Figures): Figures {
  const growth = (name: string) => (costs[`${name}CpuMs`] ?? NaN) / (least[`${name}CpuMs`] ?? NaN);
  return { RequestGrowth: growth('Request'), AssignGrowth: growth('Assign') };
}

async function costsOf(size: QueueSize): Promise<Figures> {
  const before = heapBytes();
  const server = await openQueueServer(size);
  try {
    const bytesPerJob = (heapBytes() - before) / size.pending;
    const costs = new Map<string, Cost[]>();
    const measure = async <Result>(name: string, work: () => Promise<Result>): Promise<Result> => {
      const [start, cpu] = [performance.now(), process.cpuUsage()];
      const result = await work();
      const { user, system } = process.cpuUsage(cpu);
      const cost = { wallMs: performance.now() - start, cpuMs: (user + system) / 1000 };
      costs.set(name, [...(costs.get(name) ?? []), cost]);
      return result;
    };
    for (let round = 0; round < Math.min(ROUNDS, size.pending / 2); round += 1) {
      await measure('Request', () => server.ask('none'));
      const job = await measure('Assign', () => server.ask('build'));
      if (job === undefined) throw new Error('a runner got no job, although some wait for it');
      await measure('End', () => server.succeed(job));
      await measure('AssignAfterEnd', () => server.ask('build'));
    }
    const medians = [...costs].flatMap(([name, list]) => [
      [`${name}CpuMs`, median(list.map(({ cpuMs }) => cpuMs))],
      [`${name}WallMs`, median(list.map(({ wallMs }) => wallMs))],
    ]);
    return { ...Object.fromEntries(medians), BytesPerJob: bytesPerJob };
  } finally {
    await server.close();
  }
}
