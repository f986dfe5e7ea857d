import { readFileSync, readlinkSync } from 'node:fs';
import { groupBy } from '../group-by.ts';
import { listProcesses, readStat } from './process-group.ts';

export interface ProcessUsage {
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
  const found = [root];
  for (const pid of found) found.push(...(children.get(pid) ?? []));
  return usageOfAll(found);
}

/** Returns what all processes of a process namespace use; undefined if it is not there, or not this user's to see. */
export function usageInNamespace(namespace: string): ProcessUsage | undefined {
  const found = listProcesses().filter((pid) => processNamespace(pid) === namespace);
  return found.length === 0 ? undefined : usageOfAll(found);
}

/** Returns the process namespace of a process, pid_namespaces(7). */
export function processNamespace(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}

function usageOfAll(pids: readonly number[]): ProcessUsage {
  const sum = { memory: 0, processes: 0, cpuSeconds: 0 };
  for (const pid of pids) {
    const status = readStatus(pid);
    sum.memory += Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
    sum.processes += Number(/^Threads:\s+(\d+)/m.exec(status)?.[1] ?? 0);
    sum.cpuSeconds += readStat(pid)?.cpuSeconds ?? 0;
  }
  return sum;
}

function childrenOfAll(): ReadonlyMap<number | undefined, readonly number[]> {
  return groupBy(listProcesses(), (pid) => readStat(pid)?.parent);
}

function readStatus(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'latin1');
  } catch {
    return '';
  }
}
