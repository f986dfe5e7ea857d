import { lstatSync } from 'node:fs';
import type { Mount } from './mounts.ts';

/** Below /proc. Root may read or write them by the rights of a file's owner, which no namespace takes away. */
const FILES = ['kcore', 'keys', 'key-users', 'kpagecount', 'kpageflags', 'latency_stats', 'sched_debug', 'timer_list'];
const FOLDERS = ['acpi', 'asound', 'bus', 'driver', 'fs', 'irq', 'scsi', 'tty'];

/** Returns what a sandbox that root builds hides of `/proc`. Nobody else has rights to it. */
export function maskedKernelFiles(): readonly Mount[] {
  if (process.getuid?.() !== 0) return [];
  const isThere = (name: string) => lstatSync(`/proc/${name}`, { throwIfNoEntry: false }) !== undefined;
  return [
    ...FOLDERS.filter(isThere).map((name): Mount => ({ kind: 'empty-folder', path: `/proc/${name}` })),
    ...FILES.filter(isThere).map((name): Mount => ({ kind: 'empty-file', path: `/proc/${name}` })),
  ];
}
