import { readFileSync } from 'node:fs';
import { descendants } from './process-tree.ts';

const INTERVAL_MS = 1000;

/** Samples the memory of all that descends from a process, without the process itself, until it is stopped. */
export class ProcessMemory {
  #peak = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(root: number) {
    this.#timer = setInterval(() => {
      const [, ...children] = descendants(root);
      const sum = children.reduce((total, pid) => total + ownMemory(pid), 0);
      this.#peak = Math.max(this.#peak, sum);
    }, INTERVAL_MS).unref();
  }

  /** Returns the most that was seen, in bytes. */
  stop(): number {
    clearInterval(this.#timer);
    return this.#peak;
  }
}

/** Bytes that belong to no file (proc(5), `RssAnon`). */
function ownMemory(pid: number): number {
  try {
    const kilobytes = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return Number(kilobytes ?? 0) * 1024;
  } catch {
    return 0;
  }
}
