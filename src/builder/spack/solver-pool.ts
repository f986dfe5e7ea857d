import { availableMemory } from './available-memory.ts';

/**
 * The most memory that one solver was seen to take: 0.9 GB for an environment of 21 packages, 1.7 GB for one of 230
 * (Spack 0.23).
 */
const SOLVER_BYTES = 1.7e9;

interface PoolRequest {
  /** How many roots are solved, each by a process of its own. */
  readonly roots: number;
  /** How many processes Spack would use: cores, and at most `config:build_jobs`. */
  readonly jobs: number;
}

interface SolverPool {
  readonly processes: number;
  /** Why it is that many. */
  readonly reason: string;
}

/** Decides how many solvers run at once: Spack does not look at memory, and the kernel would kill one of them. */
export async function solverPool({ roots, jobs }: PoolRequest, memory = availableMemory): Promise<SolverPool> {
  const available = await memory();
  const fitting = Math.floor(available / SOLVER_BYTES);
  const processes = Math.max(1, Math.min(roots, jobs, fitting));
  const free = Number.isFinite(available) ? `${gigabytes(available)} of memory are available` : 'memory is not limited';
  return {
    processes,
    reason: `${jobs} by cores and config:build_jobs; ${free}, ${gigabytes(SOLVER_BYTES)} for each`,
  };
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
