import { dirname, join } from 'node:path';
import { textOf } from './path-state.ts';

interface KernelFolders {
  readonly proc: string;
  /** Where control groups are mounted. */
  readonly groups: string;
}

/**
 * Returns how many bytes this process may still use: what the kernel can give without swapping (`MemAvailable`), or
 * what is left below the limit of a control group that the process is in, of version 1 or 2, if that is less. What a
 * group has in file caches can be given back, and counts as free.
 */
export async function availableMemory(
  { proc, groups }: KernelFolders = { proc: '/proc', groups: '/sys/fs/cgroup' },
): Promise<number> {
  const kilobytes = /^MemAvailable:\s+(\d+) kB$/m.exec(await textOf(join(proc, 'meminfo')))?.[1];
  const machine = kilobytes === undefined ? Infinity : Number(kilobytes) * 1024;
  const own = (await textOf(join(proc, 'self/cgroup'))).split('\n');
  const left = await Promise.all(own.flatMap((line) => foldersOf(line, groups)).map(leftInGroup));
  return Math.min(machine, ...left);
}

interface MemoryGroup {
  readonly folder: string;
  readonly version: 1 | 2;
}

/** Returns the folders of the group that a line of `/proc/self/cgroup` names and of all groups above it. */
function foldersOf(line: string, groups: string): readonly MemoryGroup[] {
  const [, id, controllers = '', path = '/'] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
  if (id === undefined) return [];
  if (controllers.split(',').includes('memory'))
    return ancestors(path).map((one) => ({ folder: join(groups, 'memory', one), version: 1 }));
  return id === '0' ? ancestors(path).map((one) => ({ folder: join(groups, one), version: 2 })) : [];
}

function ancestors(path: string): readonly string[] {
  return path === '/' || path === '.' ? ['/'] : [path, ...ancestors(dirname(path))];
}

const files = {
  1: { limit: 'memory.limit_in_bytes', used: 'memory.usage_in_bytes', cached: 'total_inactive_file' },
  2: { limit: 'memory.max', used: 'memory.current', cached: 'inactive_file' },
} as const;

/** A group without a limit has `max`, or with version 1 a number beyond any machine. */
async function leftInGroup({ folder, version }: MemoryGroup): Promise<number> {
  const names = files[version];
  const [limit, used, stat] = await Promise.all(
    [names.limit, names.used, 'memory.stat'].map((name) => textOf(join(folder, name))),
  );
  if (!/^\d+\n?$/.test(limit ?? '') || used === '') return Infinity;
  const cached = new RegExp(`^${names.cached} (\\d+)$`, 'm').exec(stat ?? '')?.[1] ?? 0;
  return Math.max(0, Number(limit) - Number(used) + Number(cached));
}
