import PQueue from 'p-queue';
import { Serial, messageOf } from '../../kit/index.ts';
import { isFinal, type PipelineRecord } from '../../pipeline/index.ts';
import type { CoordinatorContext, Stack } from '../context.ts';
import { isExternal } from '../identities/is-external.ts';
import { hashOfBuild } from '../mirror/mirror-access.ts';
import { readRecordedLock } from '../locks/lock-record.ts';
import { rootOf } from '../status/status-report.ts';
import { promotable, type ProtectedLock, type Verdict } from './promotable.ts';
import { promotePackage } from './promote-package.ts';

/** Packages at once: most of the work is reading their bytes. */
const AT_ONCE = 4;

interface Running {
  /** Hashes that jobs wait for; all of them until it is known which. */
  waiting: Set<string> | 'all';
}

interface PromoterOptions {
  readonly context: CoordinatorContext;
  /** Performs work in the background. */
  background(pipeline: string, work: () => Promise<void>): void;
  /** Called when jobs no longer wait for a promotion. */
  released(): void;
}

/**
 * Promotes packages of pull requests when a protected pipeline has recorded its lock. The jobs that would build them
 * wait, and then find them on the mirror. Safe to begin again for a pipeline, also after a crash.
 */
export class Promoter {
  readonly #options: PromoterOptions;
  readonly #turns = new Serial();
  /** By topmost pipeline; there are several while a pipeline records several locks. */
  readonly #running = new Map<string, readonly Running[]>();

  constructor(options: PromoterOptions) {
    this.#options = options;
  }

  /** Begins with a topmost pipeline that has recorded a lock. Jobs of its children wait when this returns. */
  begin(record: PipelineRecord): void {
    const { context, background } = this.#options;
    const { id, parent, trust } = record;
    const stack = context.stacks.get(record.stack);
    if (stack?.configuration.promotion !== 'pull-request' || trust !== 'protected' || isExternal(record)) return;
    if (parent !== undefined || context.pipelines.locks(id).length === 0) return;
    const running: Running = { waiting: 'all' };
    this.#running.set(id, [...(this.#running.get(id) ?? []), running]);
    background(id, () => this.#turns.run(id, () => this.#run(stack, id, running)));
  }

  /** Whether a job of a pipeline should wait, since the package that it builds may be promoted. */
  holds(pipeline: string, build: string): boolean {
    if (this.#running.size === 0) return false;
    const running = this.#running.get(rootOf(this.#options.context, pipeline).id) ?? [];
    return running.some(({ waiting }) => waiting === 'all' || waiting.has(hashOfBuild(build)));
  }

  async #run(stack: Stack, pipeline: string, running: Running): Promise<void> {
    const { context, released } = this.#options;
    try {
      await this.#promote(stack, pipeline, running);
    } catch (error) {
      context.log.error({ pipeline, error: messageOf(error) }, 'promotion of packages failed; they are built again');
    } finally {
      const others = (this.#running.get(pipeline) ?? []).filter((one) => one !== running);
      if (others.length > 0) this.#running.set(pipeline, others);
      else this.#running.delete(pipeline);
      released();
    }
  }

  async #promote(stack: Stack, pipeline: string, running: Running): Promise<void> {
    const { context, released } = this.#options;
    const root = context.pipelines.record(pipeline) as PipelineRecord;
    if (isFinal(root.status)) return;
    const decided: (readonly [ProtectedLock, Verdict])[] = [];
    for (const recorded of context.pipelines.locks(pipeline)) {
      const subject = { stack, root, ...(await readRecordedLock(context, recorded)) };
      for (const verdict of await promotable(context, subject)) decided.push([subject, verdict]);
    }
    const waiting = new Set(decided.flatMap(([, { entry }]) => (entry === undefined ? [] : [entry.hash])));
    running.waiting = waiting;
    released();
    const promote =
      ([subject, verdict]: readonly [ProtectedLock, Verdict]) =>
      async () => {
        await promotePackage(context, subject, verdict);
        if (waiting.delete(verdict.node.hash)) released();
      };
    const queue = new PQueue({ concurrency: AT_ONCE });
    const results = await Promise.allSettled(decided.map((one) => queue.add(promote(one))));
    const failure = results.find(({ status }) => status === 'rejected');
    if (failure !== undefined) throw (failure as PromiseRejectedResult).reason;
  }
}
