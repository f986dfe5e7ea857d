import { generateError } from '../errors.ts';
import { entrySize } from './parsed-size.ts';
import type { JobAttributes } from '../ci/job-attributes.ts';
import type { BuildJob } from './build-jobs.ts';

/** What one file of a pipeline may be: GitLab's defaults. */
export interface PartLimits {
  /** Bytes of a file that a job left as an artifact: `max_artifacts_content_include_size` is 5 MiB. */
  readonly text: number;
  /** Bytes of the parsed file: `max_yaml_size_bytes` is 2 MiB. */
  readonly parsed: number;
  /** Jobs of its own pipeline that a job may need: `ci_needs_size_limit` is 50. */
  readonly needs: number;
}

export const gitlabLimits: PartLimits = { text: 5 * 2 ** 20, parsed: 2 * 2 ** 20, needs: 50 };

/** Bytes for all but the jobs: stages, variables, rules. */
const AROUND = 32 * 2 ** 10;

/**
 * Divides jobs, dependencies first, into parts that are each small enough, and yields each part when it is full. A part
 * needs only its own jobs and those of earlier parts.
 */
export function* splitJobs(jobs: Iterable<BuildJob>, limits: PartLimits): Iterable<readonly BuildJob[]> {
  let part: BuildJob[] = [];
  let sizeOf = partSizes();
  let size = AROUND;
  for (const job of jobs) {
    let own = sizeOf(job);
    if (part.length > 0 && size + own > limits.parsed) {
      yield part;
      [part, sizeOf, size] = [[], partSizes(), AROUND];
      own = sizeOf(job);
    }
    if (size + own > limits.parsed) {
      throw generateError('GENERATE_TOO_LARGE', { job: job.name, size: size + own, limit: limits.parsed });
    }
    part.push(job);
    size += own;
  }
  if (part.length > 0) yield part;
}

/** Returns a function for the size that each further job adds to a part: shared attributes count once. */
function partSizes(): (one: BuildJob) => number {
  const seen = new Set<JobAttributes>();
  return ({ name, shared, own }) => {
    const added = entrySize(name, { extends: '.build-1', ...own });
    if (seen.has(shared)) return added;
    seen.add(shared);
    return added + entrySize('.build-1', shared);
  };
}
