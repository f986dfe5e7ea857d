import { BoundedMap, once, timestamp, type SlipwayError } from '../../kit/index.ts';
import type { PipelineSubject } from '../../pipeline/index.ts';
import type { AuditLog } from '../../audit/index.ts';
import type { ServerConfiguration } from '../configuration/server-configuration.ts';
import type { Blocks, LimitedStacks } from './blocks.ts';
import { coordinatorError } from '../errors.ts';
import { describeOwner, ownerKey, ownersOf, type QuotaOwner } from './quota-owner.ts';
import { Usage, isCounted, type UsageContext } from './usage.ts';

interface QuotaContext extends UsageContext, LimitedStacks {
  readonly configuration: Pick<ServerConfiguration, 'quotas'>;
  readonly blocks: Blocks;
  readonly audit: Pick<AuditLog, 'record'>;
}

type LimitName = 'jobs' | 'cpuHours' | 'pipelines' | 'bytes';
type Counted = Pick<PipelineSubject, 'stack' | 'request' | 'actor'>;

const HOUR_MS = 3600 * 1000;
const UNITS: Readonly<Record<LimitName, string>> = {
  jobs: 'jobs at once',
  cpuHours: 'CPU-hours in 24 hours',
  pipelines: 'pipelines in an hour',
  bytes: 'bytes',
};

/** What an owner has used of one limit. */
interface QuotaState {
  readonly owner: QuotaOwner;
  readonly limit: LimitName;
  readonly used: number;
  /** 0 for no limit. */
  readonly most: number;
}

/** Decides whether a pipeline may start and whether a job may run. A limit of 0 never stops anything. */
export class Quotas {
  readonly #context: QuotaContext;
  readonly #usage: Usage;
  /** What was recorded as waiting, so that it is recorded once. */
  readonly #waiting = new BoundedMap<string, string>(10_000);
  #shown: { readonly at: number; readonly obstacleOf: (record: Counted) => string | undefined } | undefined;

  constructor(context: QuotaContext) {
    this.#context = context;
    this.#usage = new Usage(context);
  }

  /** The limit of an owner: the stack's own, else the server's. */
  limitOf({ kind, stack }: QuotaOwner, name: LimitName): number {
    const own = this.#context.stacks.get(stack)?.configuration.quotas[kind] as Partial<Record<LimitName, number>>;
    const shared = this.#context.configuration.quotas[kind] as Partial<Record<LimitName, number>>;
    return own?.[name] ?? shared[name] ?? 0;
  }

  /** Throws PIPELINE_BLOCKED or QUOTA_EXCEEDED if the pipeline may not start now. */
  requireStart(subject: Counted & Pick<PipelineSubject, 'source'>): void {
    const owners = ownersOf(this.#context, subject);
    const refusal = this.#blockOf(owners) ?? (isCounted(subject) ? this.#startLimitOf(owners) : undefined);
    if (refusal !== undefined) throw refusal;
  }

  /**
   * Returns a function that explains why the jobs of a pipeline may not run now; it returns undefined if they may. What
   * is in use is counted once for each call, so the function is good for one look at the jobs that wait.
   */
  jobObstacles(): (record: Counted) => string | undefined {
    const jobs = once(() => this.#usage.jobs());
    const hours = once(() => this.#usage.cpuHours());
    return (record) => {
      const owners = ownersOf(this.#context, record);
      const blocked = this.#blockOf(owners);
      if (blocked !== undefined) return blocked.message;
      for (const owner of owners) {
        const key = ownerKey(owner);
        for (const [limit, used] of [
          ['jobs', jobs],
          ['cpuHours', hours],
        ] as const) {
          const most = this.limitOf(owner, limit);
          if (most > 0 && (used().get(key) ?? 0) >= most)
            return describeState({ owner, limit, used: used().get(key) ?? 0, most });
        }
      }
      return undefined;
    };
  }

  /** Notes a job that was assigned. */
  started(run: string): void {
    this.#usage.started(run);
  }

  /** The same for one pipeline that is shown: what is in use may be a second old. */
  obstacle(record: Counted): string | undefined {
    const now = this.#context.clock.now();
    if (this.#shown === undefined || Math.abs(now - this.#shown.at) > 1000)
      this.#shown = { at: now, obstacleOf: this.jobObstacles() };
    return this.#shown.obstacleOf(record);
  }

  /** What the owners of a stack have used, and may use. */
  states(stack: string): readonly QuotaState[] {
    const { pipelines, ledger } = this.#context;
    const [jobs, hours] = [this.#usage.jobs(), this.#usage.cpuHours()];
    const owners = new Map<string, QuotaOwner>([[`${stack} stack ${stack}`, { kind: 'stack', stack, name: stack }]]);
    for (const record of pipelines.list({ stack, limit: 1000 }))
      for (const owner of ownersOf({ ledger }, record)) owners.set(ownerKey(owner), owner);
    return [...owners.values()].flatMap((owner) => {
      const key = ownerKey(owner);
      const used = {
        jobs: jobs.get(key) ?? 0,
        cpuHours: hours.get(key) ?? 0,
        pipelines: this.#usage.pipelines(owner).length,
      };
      const states = Object.entries(used).map(([limit, count]) => ({
        owner,
        limit: limit as LimitName,
        used: count,
        most: this.limitOf(owner, limit as LimitName),
      }));
      return owner.kind === 'stack' || states.some((one) => one.used > 0) ? states : [];
    });
  }

  /** Records that something waits for a quota, once until it waits for something else. */
  recordWait(what: { readonly stack: string; readonly on: string }, reason: string): void {
    const key = `${what.stack} ${what.on}`;
    // Numbers change while it waits for the same.
    const cause = reason.replaceAll(/\d+(?:\.\d+)?/g, '#');
    if (this.#waiting.get(key) === cause) return;
    this.#waiting.set(key, cause);
    this.#context.audit.record({ who: 'server', action: 'quota.wait', ...what, outcome: 'refused', reason });
  }

  #blockOf(owners: readonly QuotaOwner[]): SlipwayError | undefined {
    for (const owner of owners) {
      const reason = this.#context.blocks.reasonOf(owner, this.#context);
      if (reason !== undefined) return coordinatorError('QUOTA_BLOCKED', { owner: describeOwner(owner), reason });
    }
    return undefined;
  }

  #startLimitOf(owners: readonly QuotaOwner[]): SlipwayError | undefined {
    for (const owner of owners) {
      const most = this.limitOf(owner, 'pipelines');
      const created = most > 0 ? this.#usage.pipelines(owner) : [];
      if (most === 0 || created.length < most) continue;
      // The hour of the one whose end makes room.
      const freed = created[created.length - Math.max(1, Math.floor(most))] ?? this.#context.clock.now();
      const state = describeState({ owner, limit: 'pipelines', used: created.length, most });
      return coordinatorError('QUOTA_EXCEEDED', { state, at: timestamp({ now: () => freed + HOUR_MS }).slice(0, 16) });
    }
    return undefined;
  }
}

/** Describes what is used, what is allowed and where that is set. */
function describeState({ owner, limit, used, most }: QuotaState): string {
  const count = limit === 'cpuHours' ? used.toFixed(1) : String(used);
  return `${describeOwner(owner)} has ${count} of ${most} ${UNITS[limit]} (\`quotas.${owner.kind}.${limit}\`)`;
}
