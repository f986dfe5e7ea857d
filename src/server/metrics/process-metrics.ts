import { monitorEventLoopDelay } from 'node:perf_hooks';
import { gauge, type Metric } from './open-metrics.ts';

const RESOLUTION_MS = 10;
const NANOSECONDS = 1e9;

/** Measures the process, from the first call on, under the names that Prometheus’ client libraries use. */
export function processMetrics(): () => readonly Metric[] {
  let measured: ReturnType<typeof monitorEventLoopDelay> | undefined;
  return () => {
    const delay = (measured ??= monitorEventLoopDelay({ resolution: RESOLUTION_MS }));
    delay.enable();
    const quantile = (q: string, value: number) => ({ labels: { quantile: q }, value: Math.max(0, value) });
    const lag = [
      quantile('0.5', delay.percentile(50) / NANOSECONDS - RESOLUTION_MS / 1000),
      quantile('0.99', delay.percentile(99) / NANOSECONDS - RESOLUTION_MS / 1000),
      quantile('1', delay.max / NANOSECONDS - RESOLUTION_MS / 1000),
    ];
    delay.reset();
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed } = process.memoryUsage();
    return [
      gauge('nodejs_eventloop_lag_seconds', 'Delay of the event loop since the last request for metrics.', lag),
      gauge('nodejs_heap_size_used_bytes', 'Heap that is in use.', [{ value: heapUsed }]),
      gauge('process_resident_memory_bytes', 'Memory of the process.', [{ value: rss }]),
      {
        name: 'process_cpu_seconds',
        type: 'counter',
        help: 'Processor time of the process.',
        samples: [{ value: (user + system) / 1e6 }],
      },
      gauge('process_start_time_seconds', 'When the process started.', [
        { value: Math.round(Date.now() / 1000 - process.uptime()) },
      ]),
    ];
  };
}
