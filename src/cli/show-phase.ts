import type { Terminal } from './terminal.ts';

interface Phase {
  /** Begins with a verb in the present participle: `Cloning Spack`. */
  readonly title: string;
  /** What it waits for: an address, a folder, a program. */
  readonly waitsFor: string;
}

const SECOND = 1000;
/** Seconds between the lines where there is no terminal. */
const EVERY = 15;

/** Does work that can take more than a second, and meanwhile shows for how long it has run and what it waits for. */
export async function showPhase<T>(terminal: Terminal, phase: Phase, work: () => Promise<T>): Promise<T> {
  const { title, waitsFor } = phase;
  const started = performance.now();
  const seconds = () => Math.round((performance.now() - started) / SECOND);
  const timer = setInterval(() => {
    const passed = seconds();
    const line = `${title}: ${passed} s, waiting for ${waitsFor}`;
    if (terminal.isInteractive) terminal.progress(line);
    else if (passed > 0 && passed % EVERY === 0) terminal.note(line);
  }, SECOND);
  timer.unref();
  try {
    const result = await work();
    terminal.progress('');
    if (seconds() > 0) terminal.note(`${title}: done in ${seconds()} s`);
    return result;
  } finally {
    clearInterval(timer);
  }
}
