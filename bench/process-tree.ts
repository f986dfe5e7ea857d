import { readFileSync, readdirSync } from 'node:fs';

/** Milliseconds of a tick of the CPU counters (`sysconf(_SC_CLK_TCK)` is 100 on Linux). */
const TICK = 10;

interface Stat {
  readonly parent: number;
  /** User and system time of the process itself. */
  readonly own: number;
  /** The same of its children that have ended and been waited for. */
  readonly children: number;
}

/** A process and all that descend from it, as they are now. */
export function descendants(root: number): readonly number[] {
  const parents = new Map(
    readdirSync('/proc').flatMap((name) => {
      const stat = /^\d+$/.test(name) ? readStat(Number(name)) : undefined;
      return stat === undefined ? [] : [[Number(name), stat.parent] as const];
    }),
  );
  const found = [root];
  for (const pid of found) for (const [child, parent] of parents) if (parent === pid) found.push(child);
  return found;
}

/** CPU time of a process by itself, and with its children that have ended. */
export function processCpuMs(pid: number): { readonly own: number; readonly withChildren: number } {
  const { own, children } = readStat(pid) ?? { own: 0, children: 0 };
  return { own, withChildren: own + children };
}

/** The most memory that a process has held (proc(5), `VmHWM`), in bytes; 0 where there is no /proc, or no process. */
export function readHighWater(pid: number): number {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return Number(kilobytes ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** Reads fields of `/proc/<pid>/stat` (proc(5)), which follow a name that may hold anything. */
function readStat(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [user = 0, system = 0, childrenUser = 0, childrenSystem = 0] = fields.slice(11, 15);
    return {
      parent: fields[1] ?? 0,
      own: (user + system) * TICK,
      children: (childrenUser + childrenSystem) * TICK,
    };
  } catch {
    return undefined;
  }
}
