import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReachedLimit } from './job-limits.ts';

/** Folders of control groups, by what the kernel counts in them. */
export type GroupFolders = Partial<Record<'memory' | 'processes' | 'cores', string>>;

/** What the kernel counts in control groups, cgroups(7), of either version. Who made them removes them. */
export class GroupReadings {
  protected readonly folders: GroupFolders;

  constructor(folders: GroupFolders = {}) {
    this.folders = { ...folders };
  }

  has(resource: keyof GroupFolders): boolean {
    return this.folders[resource] !== undefined;
  }

  /** Shell text by which a shell enters the groups; empty: its processes are in them. */
  get entering(): string {
    return '';
  }

  /** Returns the limit that the kernel has enforced. */
  get reached(): ReachedLimit | undefined {
    const { memory, processes } = this.folders;
    if (memory !== undefined) {
      const kills =
        numberIn(join(memory, 'memory.events'), 'oom_kill') + numberIn(join(memory, 'memory.oom_control'), 'oom_kill');
      const used = Number(readText(join(memory, 'memory.peak')) || readText(join(memory, 'memory.max_usage_in_bytes')));
      if (kills > 0) return { name: 'memory', used };
    }
    if (processes !== undefined && numberIn(join(processes, 'pids.events'), 'max') > 0)
      return { name: 'processes', used: Number(readText(join(processes, 'pids.max'))) };
    return undefined;
  }

  /**
   * Returns the bytes of memory in use, and at their peak, without the cache of files; undefined without a group. Of
   * the cache at the peak only the present size is known, which is about the same: it stays when processes end.
   */
  get memory(): { readonly now: number; readonly peak: number } | undefined {
    const { memory } = this.folders;
    if (memory === undefined) return undefined;
    const read = (...names: readonly string[]) =>
      Number(names.map((name) => readText(join(memory, name))).find((text) => text !== '') ?? 0);
    const sizes = ['active_file', 'inactive_file'].map(
      (key) => numberIn(join(memory, 'memory.stat'), `total_${key}`) || numberIn(join(memory, 'memory.stat'), key),
    );
    const cache = sizes.reduce((sum, size) => sum + size, 0);
    const now = read('memory.current', 'memory.usage_in_bytes');
    const peak = read('memory.peak', 'memory.max_usage_in_bytes');
    return { now: Math.max(0, now - cache), peak: Math.max(0, peak - cache) };
  }

  /** Seconds of processor time; undefined without a group that counts it. */
  get cpuSeconds(): number | undefined {
    const { cores } = this.folders;
    if (cores === undefined) return undefined;
    return (
      numberIn(join(cores, 'cpu.stat'), 'usage_usec') / 1e6 || Number(readText(join(cores, 'cpuacct.usage'))) / 1e9
    );
  }

  remove(): boolean {
    return true;
  }
}

function numberIn(path: string, key: string): number {
  return Number(new RegExp(`^${key} (\\d+)$`, 'm').exec(readText(path))?.[1] ?? 0);
}

export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
