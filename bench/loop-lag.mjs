// Loaded by `node --import` into the server that `npm run bench -- engine` measures: the product has no option for this.
// Each Node process that loads it records how late its event loop is. SIGUSR2 starts the record anew; at its exit the
// process writes the figures, in milliseconds, to `<SLIPWAY_BENCH_LAG>.<pid>.json`.
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION = 10;
const file = process.env.SLIPWAY_BENCH_LAG;
const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
delay.enable();
process.on('SIGUSR2', () => delay.reset());
process.on('exit', () => {
  // The histogram holds the time between two ticks of a timer, of which `RESOLUTION` is the timer's own.
  const late = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - RESOLUTION);
  const figures = { p50: late(delay.percentile(50)), p99: late(delay.percentile(99)), most: late(delay.max) };
  if (file !== undefined) writeFileSync(`${file}.${process.pid}.json`, JSON.stringify(figures));
});
