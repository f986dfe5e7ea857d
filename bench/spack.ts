import type { BenchReport } from './report.ts';
import { generate } from './spack-generate.ts';

/** What a Spack stack costs beside Spack itself; with SPACK_ROOT, in the same run. */
export function spack(): Promise<BenchReport> {
  return Promise.resolve(generate());
}
