import type { ConnectedJob } from '../../executor/index.ts';
import type { Destination } from './destination.ts';
import { egressError } from './egress-errors.ts';
import { isTrusted } from './egress-policy.ts';

/** Bytes that a job of a fork may send: enough to request thousands of files, and too little to publish something. */
const SENT = 2_000_000;

interface Transfer {
  readonly destination: Destination;
  readonly job: ConnectedJob;
  readonly direction: 'send' | 'download';
}

interface Usage {
  readonly bytes: Record<Transfer['direction'], number>;
  readonly reported: Set<string>;
}

/** What each job has sent and downloaded, with limits for jobs of forks, and which refusals were reported to it. */
export class EgressUsage {
  readonly #limits: Readonly<Record<Transfer['direction'], number>>;
  readonly #jobs = new WeakMap<ConnectedJob, Usage>();

  constructor(forkBytes: number) {
    this.#limits = { send: SENT, download: forkBytes };
  }

  /** Throws EGRESS_LIMIT_REACHED when the job of a fork has transferred more than it may. */
  add({ destination, job, direction }: Transfer, count: number): void {
    this.#of(job).bytes[direction] += count;
    this.#check({ destination, job, direction });
  }

  /** The same before a connection is opened. */
  check(connection: Omit<Transfer, 'direction'>): void {
    this.#check({ ...connection, direction: 'send' });
    this.#check({ ...connection, direction: 'download' });
  }

  /** Whether a refusal is the first of its kind; a job that repeats it must not fill the logs. */
  isNew(job: ConnectedJob, message: string): boolean {
    const { reported } = this.#of(job);
    if (reported.has(message) || reported.size >= 100) return false;
    reported.add(message);
    return true;
  }

  #check({ destination: { host, port }, job, direction }: Transfer): void {
    const bytes = this.#limits[direction];
    if (isTrusted(job.trust) || this.#of(job).bytes[direction] <= bytes) return;
    throw egressError('EGRESS_LIMIT_REACHED', { host, port, direction, bytes });
  }

  #of(job: ConnectedJob): Usage {
    const known = this.#jobs.get(job) ?? { bytes: { send: 0, download: 0 }, reported: new Set() };
    this.#jobs.set(job, known);
    return known;
  }
}
