import { readFileSync, readdirSync } from 'node:fs';

/**
 * Kills a process and all its descendants. Each is stopped before its children are listed, so that it cannot start
 * more. Without /proc only the process itself is killed.
 */
export function killTree(pid: number): void {
  trySignal(pid, 'SIGSTOP');
  for (const child of processNumbers().filter((candidate) => parentOf(candidate) === pid)) killTree(child);
  trySignal(pid, 'SIGKILL');
}

function processNumbers(): readonly number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

/** proc(5): the fourth field of `stat`, after the name in brackets. */
function parentOf(pid: number): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}

function trySignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}
