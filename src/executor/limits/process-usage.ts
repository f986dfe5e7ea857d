import { readFileSync, readdirSync } from 'node:fs';

interface Usage {
  /** Bytes that belong to no file. Pages that forked processes still share count for each of them. */
  readonly memory: number;
  /** Processes and threads. */
  readonly processes: number;
}

/** Returns what a process and all that descend from it use. In a sandbox no process can leave its descent. */
export function usageOf(root: number): Usage {
  const children = childrenOfAll();
  const [found, sum] = [[root], { memory: 0, processes: 0 }];
  for (const pid of found) {
    const status = readStatus(pid);
    sum.memory += Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
    sum.processes += Number(/^Threads:\s+(\d+)/m.exec(status)?.[1] ?? 0);
    found.push(...(children.get(pid) ?? []));
  }
  return sum;
}

function childrenOfAll(): ReadonlyMap<number, readonly number[]> {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = parentOf(Number(name));
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  return children;
}

/** Reads the field after name and state (proc(5), `stat`); the name may hold anything. */
function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}

function readStatus(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'latin1');
  } catch {
    return '';
  }
}
