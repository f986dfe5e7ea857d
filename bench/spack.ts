import type { BenchReport } from './report.ts';
import { buildTrivial } from './spack-build.ts';
import { generate } from './spack-generate.ts';
import { rebuild } from './spack-rebuild.ts';
import { scale } from './spack-scale.ts';

/** What a Spack stack costs beside Spack itself; with SPACK_ROOT, in the same run. */
export async function spack(): Promise<BenchReport> {
  const reports = [await generate(), await rebuild(), buildTrivial(), await scale()];
  return {
    figures: Object.assign({}, ...reports.map(({ figures }) => figures)) as BenchReport['figures'],
    peers: Object.assign({}, ...reports.map(({ peers }) => peers)) as BenchReport['peers'],
    limits: Object.assign({}, ...reports.map(({ limits }) => limits)) as BenchReport['limits'],
    skipped: reports.flatMap(({ skipped }) => skipped),
  };
}
