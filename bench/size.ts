import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { servedCost } from './engine-served.ts';
import type { BenchOptions, BenchReport } from './report.ts';

const sizes = [100, 1000, 10_000] as const;

/**
 * How much memory, disk and processor time a server uses: before its first pipeline, and for pipelines of jobs that do
 * nothing. `docs/operations/sizing.md` has these figures. Needs `npm run build`. `--quick` leaves out the largest pipeline.
 */
export async function size({ isQuick }: BenchOptions): Promise<BenchReport> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-size-'));
  const figures: Record<string, number> = {};
  try {
    for (const jobs of sizes.filter((one) => !isQuick || one < 10_000)) {
      const { idleBytes, peakBytes, dataBytes, serverCpuMs } = await servedCost(jobs, join(folder, String(jobs)));
      figures['idleBytes'] ??= idleBytes;
      figures[`peakBytes${jobs}`] = peakBytes;
      figures[`dataBytesPerJob${jobs}`] = Math.round(dataBytes / jobs);
      figures[`serverCpuMsPerJob${jobs}`] = serverCpuMs / jobs;
    }
    return { figures, peers: {}, limits: {}, skipped: [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
