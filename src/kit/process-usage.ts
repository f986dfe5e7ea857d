import { readFileSync } from 'node:fs';
import { listProcesses, readStat } from './process-group.ts';

interface ProcessUsage {
  /** Bytes that belong to no file. Pages that forked processes still share count for each of them. */
  readonly memory: number;
  /** Processes and threads. */
  readonly processes: number;
  /** Processor time, with that of processes that have ended. */
  readonly cpuSeconds: number;
}

/** Returns what a process and all that descend from it use. In a sandbox no process can leave its descent. */
export function usageOf(root: number): ProcessUsage {
  const children = childrenOfAll();
  const [found, sum] = [[root], { memory: 0, processes: 0, cpuSeconds: 0 }];
  for (const pid of found) {
    const status = readStatus(pid);
    sum.memory += Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
    sum.processes += Number(/^Threads:\s+(\d+)/m.exec(status)?.[1] ?? 0);
    sum.cpuSeconds += readStat(pid)?.cpuSeconds ?? 0;
    found.push(...(children.get(pid) ?? []));
  }
  return sum;
}

function childrenOfAll(): ReadonlyMap<number, readonly number[]> {
  const children = new Map<number, number[]>();
  for (const pid of listProcesses()) {
    const parent = readStat(pid)?.parent;
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  return children;
}

function readStatus(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'latin1');
  } catch {
    return '';
  }
}
