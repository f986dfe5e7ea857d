import { generateError } from '../errors.ts';
import { parsedSize } from './parsed-size.ts';
import { sharedKeys, type DividedJob } from './shared-parts.ts';

/** What one file of a pipeline may be: GitLab's defaults. */
export interface PartLimits {
  /** Bytes of a file that a job left as an artifact: `max_artifacts_content_include_size` is 5 MiB. */
  readonly text: number;
  /** Bytes of the parsed file: `max_yaml_size_bytes` is 2 MiB. */
  readonly parsed: number;
}

export const gitlabLimits: PartLimits = { text: 5 * 2 ** 20, parsed: 2 * 2 ** 20 };

/** Bytes for all but the jobs: stages, variables, rules. */
const AROUND = 32 * 2 ** 10;

/**
 * Divides jobs, dependencies first, into parts that are each small enough, and yields each part when it is full. A part
 * needs only its own jobs and those of earlier parts.
 */
export function* splitJobs(jobs: Iterable<DividedJob>, limits: PartLimits): Iterable<readonly DividedJob[]> {
  let part: DividedJob[] = [];
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
function partSizes(): (one: DividedJob) => number {
  const keyOf = sharedKeys();
  const seen = new Set<string>();
  return ({ name, shared, own }) => {
    const added = parsedSize({ [name]: { extends: '.build-1', ...own } });
    const key = keyOf(shared);
    if (seen.has(key)) return added;
    seen.add(key);
    return added + parsedSize({ '.build-1': shared });
  };
}
