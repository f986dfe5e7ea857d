import type { Clock, Wait } from '../../kit/index.ts';
import type { JobResponse } from '../../protocol/index.ts';
import type { CacheFolder } from '../caches/cache-folder.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { JobFailure } from '../job-outcome.ts';
import type { Environment, JobShell } from '../shells/job-shell.ts';
import type { Workspace } from '../workspace/workspace.ts';

interface JobCaches {
  readonly folder: CacheFolder;
  /** What the keys belong to; the same key elsewhere is another cache. */
  readonly scope: string;
}

/** What the stages of a job work with. */
export interface JobContext {
  readonly job: JobResponse;
  readonly exchange: Exchange;
  readonly shell: JobShell;
  readonly workspace: Workspace;
  readonly environment: Environment;
  /** Absent where nothing is kept from job to job. */
  readonly caches?: JobCaches;
  readonly clock: Clock;
  readonly wait: Wait;
  /** Bytes that an archive may have when unpacked. */
  readonly maxBytes: number;
  /** Aborted when the whole job must end: time is up, its outcome does not matter, the runner stops. */
  readonly signal: AbortSignal;
  /** Aborted when the script, and what comes before it, must end. */
  readonly scriptSignal: AbortSignal;
}

/** Returns a function that expands the variables of a job once. */
export function expandIn({ environment }: Pick<JobContext, 'environment'>): (text: string) => string {
  return (text) => expandOnce(text, (name) => environment[name]);
}

/** One pass, as GitLab's runner does it (Go's `os.Expand`): an unknown name gives nothing, `$$` gives `$`. */
export function expandOnce(text: string, lookup: (name: string) => string | undefined): string {
  if (!text.includes('$')) return text;
  return text.replaceAll(/\$(?:\{[^}]*\}|[A-Za-z_]\w*|[*#$@!?0-9-])/g, (reference) =>
    reference === '$$' ? '$' : (lookup(reference.replaceAll(/^\$\{?|\}$/g, '')) ?? ''),
  );
}

/** Before the script has begun, a cancellation ends the job outright. */
export function stopIfEnded({ signal, exchange }: JobContext): void {
  signal.throwIfAborted();
  if (exchange.canceled.aborted) throw new JobFailure('job_canceled', 'canceled');
}
