/**
 * `npm run test:simulation`: 10,000 pipelines through the driver and its store, with faults, in one process for each of
 * two cores, and 200 runners with 10,000 jobs over the HTTP app, with ten deaths of the server. `SLIPWAY_TEST_PIPELINES`
 * sets another number of pipelines, `SLIPWAY_TEST_SEED` the first seed: a failure prints both. `--quick` gives the fleet
 * 1,000 jobs.
 */
import { execa } from 'execa';

const PROCESSES = 2;
/** Pipelines of one seed. */
const PUSHES = 10;
const seeds = Math.ceil(Number(process.env.SLIPWAY_TEST_PIPELINES ?? 10_000) / PUSHES);
const first = Number(process.env.SLIPWAY_TEST_SEED ?? 1);
const each = Math.ceil(seeds / PROCESSES);

const began = performance.now();
const fleet = execa('vitest', ['run', '--project', 'unit', 'test/fleet-simulation.test.ts'], {
  preferLocal: true,
  stdio: 'inherit',
  reject: false,
  env: { SLIPWAY_TEST_FLEET_JOBS: process.argv.includes('--quick') ? '1000' : '10000' },
});
const results = await Promise.all([
  fleet,
  ...Array.from({ length: Math.ceil(seeds / each) }, (_, index) => {
    const count = Math.min(each, seeds - index * each);
    const env = { SLIPWAY_TEST_SEED: String(first + index * each), SLIPWAY_TEST_PIPELINES: String(count * PUSHES) };
    const words = ['run', '--project', 'unit', 'test/simulation.test.ts'];
    return execa('vitest', words, { preferLocal: true, stdio: 'inherit', reject: false, env });
  }),
]);
const seconds = (performance.now() - began) / 1000;
process.stdout.write(`${seeds * PUSHES} pipelines in ${seconds.toFixed(0)} seconds\n`);
process.exitCode = results.some(({ exitCode }) => exitCode !== 0) ? 1 : 0;
