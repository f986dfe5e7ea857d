import { generateError } from '../errors.ts';
import type { BuildJob } from './build-jobs.ts';
import { parsedSize } from './parsed-size.ts';
import { sharedParts } from './shared-parts.ts';

/** What one file of a pipeline may be: GitLab's defaults. */
export interface PartLimits {
  /** Bytes of a file that a job left as an artifact: `max_artifacts_content_include_size` is 5 MiB. */
  readonly text: number;
  /** Bytes of the parsed file: `max_yaml_size_bytes` is 2 MiB. */
  readonly parsed: number;
}

export const gitlabLimits: PartLimits = { text: 5 * 2 ** 20, parsed: 2 * 2 ** 20 };

/** Room for what stands around the jobs: stages, variables, rules. */
const AROUND = 32 * 2 ** 10;

export interface WrittenPart {
  readonly document: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/**
 * Divides jobs, dependencies first, into parts that are each small enough. A part needs only jobs of its own and of parts
 * before it. What jobs share counts in each part as if all of it were there.
 */
export function splitJobs(jobs: readonly BuildJob[], limits: PartLimits): readonly (readonly BuildJob[])[] {
  const written = sharedParts(new Map(jobs.map(({ name, job }) => [name, job])));
  const sizeOf = (name: string) => parsedSize({ [name]: written[name] });
  const names = new Set(jobs.map(({ name }) => name));
  const hidden = Object.keys(written).filter((name) => !names.has(name));
  const common = AROUND + hidden.reduce((sum, name) => sum + sizeOf(name), 0);
  const parts: BuildJob[][] = [];
  let size = Infinity;
  for (const job of jobs) {
    const own = sizeOf(job.name);
    if (common + own > limits.parsed) {
      throw generateError('GENERATE_TOO_LARGE', { job: job.name, size: common + own, limit: limits.parsed });
    }
    if (size + own > limits.parsed) {
      parts.push([]);
      size = common;
    }
    parts.at(-1)?.push(job);
    size += own;
  }
  return parts;
}
