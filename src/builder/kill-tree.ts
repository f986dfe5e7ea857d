import { listProcesses, readStat } from '../kit/index.ts';

/**
 * Kills a process and all its descendants. Each is stopped before its children are listed, so that it cannot start
 * more. Without /proc only the process itself is killed.
 */
export function killTree(pid: number): void {
  trySignal(pid, 'SIGSTOP');
  for (const child of listProcesses().filter((one) => readStat(one)?.parent === pid)) killTree(child);
  trySignal(pid, 'SIGKILL');
}

function trySignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}
