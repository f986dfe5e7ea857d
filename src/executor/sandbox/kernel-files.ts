import { lstatSync } from 'node:fs';
import type { Mount } from './mounts.ts';

/** Below /proc. Root may write there by the rights of a file's owner, which no namespace takes away. */
const FOLDERS = ['acpi', 'asound', 'driver', 'fs', 'scsi'];

/**
 * Returns what a sandbox that root builds hides of `/proc`, besides `sys`, `sysrq-trigger`, `irq` and `bus`, which every
 * mechanism makes read-only. No other user has rights to it.
 */
export function maskedKernelFiles(): readonly Mount[] {
  if (process.getuid?.() !== 0) return [];
  const isThere = (name: string) => lstatSync(`/proc/${name}`, { throwIfNoEntry: false }) !== undefined;
  return FOLDERS.filter(isThere).map((name) => ({ kind: 'empty-folder', path: `/proc/${name}` }));
}
