import { totalmem } from 'node:os';
import { usageOf, type ProcessUsage, type Wait } from '../../kit/index.ts';
import { sendSignal } from '../processes/send-signal.ts';
import type { ScriptUsage } from '../shells/job-shell.ts';
import { findControlGroups, JobGroups, type ControlGroups } from './control-groups.ts';
import { DiskUsage } from './disk-usage.ts';
import { GroupReadings } from './group-readings.ts';
import { describeReached, type JobLimits, type ReachedLimit } from './job-limits.ts';

/** Milliseconds between two looks. */
const [LOOK, LOOKS_AT_DISK] = [1000, 5];
const [GROUP_POLL, GROUP_POLLS] = [100, 20];

let known: ControlGroups | undefined;

export const defaultLimits: JobLimits = {
  memory: Math.floor(totalmem() * 0.9),
  processes: 16_384,
  openFiles: 65_536,
  disk: 100_000_000_000,
};

interface GuardedScript {
  /** Distinguishes it from all others that run now. */
  readonly name: string;
  readonly limits: JobLimits;
  /** The job's folder. */
  readonly folder: string;
  /** Process group of the script; undefined while it has none yet. */
  readonly group: () => number | undefined;
  /** What it uses now; by default what its process group and all descendants use. */
  readonly usage?: () => ProcessUsage | undefined;
  readonly wait: Wait;
}

/**
 * Holds one script of a job to its limits: by control groups where this process can make them, otherwise by looking at
 * its processes every second. `entering` goes before the script; call `run` once.
 */
export class LimitGuard {
  readonly #script: GuardedScript;
  readonly #groups: GroupReadings;
  #reached: ReachedLimit | undefined;
  /** The most memory that was seen. */
  #memory = 0;

  /** In groups of others, or in groups of its own below those that this process found. */
  constructor(script: GuardedScript, groups: ControlGroups | GroupReadings = (known ??= findControlGroups())) {
    this.#script = script;
    this.#groups = groups instanceof GroupReadings ? groups : new JobGroups(groups, script.name, script.limits);
  }

  /** Shell text after which a shell, and what it becomes, is limited. */
  get entering(): string {
    const { openFiles } = this.#script.limits;
    const files = `ulimit -Hn ${openFiles} 2>/dev/null || ulimit -n ${openFiles} 2>/dev/null || :`;
    return [this.#groups.entering, files].filter(Boolean).join('; ');
  }

  /** Runs the script. Returns its exit status, and what to write to the log if a limit has ended it. */
  async run(start: () => Promise<number>): Promise<{ readonly code: number; readonly message?: string }> {
    const { limits } = this.#script;
    const over = new AbortController();
    const watching = this.#watch(over.signal);
    try {
      const code = await start();
      this.#memory = Math.max(this.#memory, this.#groups.memory?.peak ?? 0);
      if (code !== 0) this.#reached ??= this.#groups.reached;
      const reached = this.#reached;
      return reached === undefined ? { code } : { code: code || 1, message: describeReached(reached, limits) };
    } finally {
      over.abort();
      await watching;
      void this.#remove();
    }
  }

  /** The most memory that the script had, how that is known, and whether it was too much. */
  get usage(): Omit<ScriptUsage, 'cpuSeconds'> {
    const method = this.#groups.has('memory') ? 'cgroup' : 'sampled';
    return { memory: this.#memory, method, ...(this.#reached?.name === 'memory' && { outOfMemory: true }) };
  }

  async #watch(over: AbortSignal): Promise<void> {
    const { wait, limits, folder } = this.#script;
    const disk = new DiskUsage(folder, limits.disk);
    for (let looks = 0; !over.aborted && this.#reached === undefined; looks += 1) {
      const used = looks % LOOKS_AT_DISK === 0 ? await disk.excess().catch(() => undefined) : undefined;
      if (over.aborted) return;
      this.#reached = used === undefined ? this.#excess() : { name: 'disk', used };
      if (this.#reached === undefined) await wait(LOOK, over);
    }
    const group = this.#script.group();
    if (this.#reached !== undefined && group !== undefined) sendSignal(-group, 'SIGKILL');
  }

  /** What the kernel does not limit. */
  #excess(): ReachedLimit | undefined {
    this.#memory = Math.max(this.#memory, this.#groups.memory?.now ?? 0);
    const group = this.#script.group();
    const names = (['memory', 'processes'] as const).filter((name) => !this.#groups.has(name));
    if (group === undefined || names.length === 0) return undefined;
    const usage = this.#script.usage === undefined ? usageOf(group) : this.#script.usage();
    if (usage === undefined) return undefined;
    if (!this.#groups.has('memory')) this.#memory = Math.max(this.#memory, usage.memory);
    const name = names.find((one) => usage[one] > this.#script.limits[one]);
    return name === undefined ? undefined : { name, used: usage[name] };
  }

  async #remove(): Promise<void> {
    for (let polls = 0; polls < GROUP_POLLS && !this.#groups.remove(); polls += 1) await this.#script.wait(GROUP_POLL);
  }
}
