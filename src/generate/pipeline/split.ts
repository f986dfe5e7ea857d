import type { BuildJob } from './build-jobs.ts';
import { generateError } from '../errors.ts';
import { parsedSize } from './parsed-size.ts';

/** What one file of a pipeline may be: GitLab's defaults, with room for what stands around the jobs. */
export interface PartLimits {
  /** Bytes of a file that a job left as an artifact: `max_artifacts_content_include_size` is 5 MiB. */
  readonly text: number;
  /** Bytes of the parsed file: `max_yaml_size_bytes` is 2 MiB. */
  readonly parsed: number;
}

export const gitlabLimits: PartLimits = { text: 5 * 2 ** 20, parsed: 2 * 2 ** 20 };

/**
 * Divides jobs, dependencies first, into parts that are each small enough; `write` makes a part's document and text.
 * A part needs only jobs of its own and of parts before it.
 */
export function splitJobs(
  jobs: readonly BuildJob[],
  limits: PartLimits,
  write: (part: readonly BuildJob[]) => WrittenPart,
): readonly (readonly BuildJob[])[] {
  const parts: (readonly BuildJob[])[] = [];
  let rest = jobs;
  while (rest.length > 0) {
    const count = longestStart(rest, (part) => fits(write(part), limits));
    if (count === 0) {
      const [first] = rest as [BuildJob, ...BuildJob[]];
      const size = parsedSize(write([first]).document);
      throw generateError('GENERATE_TOO_LARGE', { job: first.name, size, limit: limits.parsed });
    }
    parts.push(rest.slice(0, count));
    rest = rest.slice(count);
  }
  return parts;
}

export interface WrittenPart {
  readonly document: Readonly<Record<string, unknown>>;
  readonly text: string;
}

export function fits({ document, text }: WrittenPart, limits: PartLimits): boolean {
  return Buffer.byteLength(text) <= limits.text && parsedSize(document) <= limits.parsed;
}

/** How many jobs from the start still fit, by halving: a longer part is never smaller. */
function longestStart(jobs: readonly BuildJob[], isFitting: (part: readonly BuildJob[]) => boolean): number {
  let [low, high] = [0, jobs.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (isFitting(jobs.slice(0, middle))) low = middle;
    else high = middle - 1;
  }
  return low;
}
