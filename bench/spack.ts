import type { BenchReport } from './report.ts';
import { generate } from './spack-generate.ts';
import { rebuild } from './spack-rebuild.ts';

/** What a Spack stack costs beside Spack itself; with SPACK_ROOT, in the same run. */
export async function spack(): Promise<BenchReport> {
  const [generated, rebuilt] = [await generate(), await rebuild()];
  return {
    figures: { ...generated.figures, ...rebuilt.figures },
    peers: { ...generated.peers, ...rebuilt.peers },
    limits: { ...generated.limits, ...rebuilt.limits },
    skipped: [...generated.skipped, ...rebuilt.skipped],
  };
}
