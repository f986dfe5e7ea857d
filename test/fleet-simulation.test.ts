import { expect, test } from 'vitest';
import { openLab } from './support/coordinator.ts';
import { Fleet, fleetRunners, type FleetSize } from './support/simulation/fleet.ts';
import { Random } from './support/simulation/random.ts';

const JOBS = Number(process.env.SLIPWAY_TEST_FLEET_JOBS ?? 300);
const isSmall = JOBS < 1000;
const size: FleetSize = { jobs: JOBS, runners: isSmall ? 40 : 200, kills: isSmall ? 3 : 10 };
/** For 10,000 jobs. */
const MOST_BYTES = 400_000_000;

test(
  'a server that dies again and again gives each job to one runner, and loses none',
  { timeout: 3_600_000 },
  async () => {
    const lab = await openLab({ runners: fleetRunners(size.runners) });
    const fleet = new Fleet(lab, size, new Random(Number(process.env.SLIPWAY_TEST_SEED ?? 1)));
    const { given, kills, peakBytes } = await fleet.run();
    const { pipelines } = lab.context;
    const jobs = pipelines
      .list({})
      .flatMap(({ id }) => Object.values(pipelines.state(id).jobs).map((job) => ({ id, ...job })));
    const twice = [...given].filter(([, count]) => count > 1);
    const lost = jobs.filter(({ id, name, status }) => status !== 'success' || !given.has(`${id} ${name}`));
    process.stdout.write(
      `fleet: ${jobs.length} jobs, ${size.runners} runners, ${kills} kills, ${peakBytes} bytes at most\n`,
    );
    expect({ twice, lost, kills }).toEqual({ twice: [], lost: [], kills: size.kills });
    expect(jobs.length).toBeGreaterThanOrEqual(size.jobs);
    expect(peakBytes).toBeLessThan(MOST_BYTES);
  },
);
