import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { DemoReport } from '../../src/demo/demo-report.ts';
import { systemWait } from '../../src/kit/index.ts';
import { processesNaming } from './processes-naming.ts';

const MOST_LOOKS = 120;

export interface DemoPlace {
  /** A checkout with its `dist/`, or an installed package. */
  readonly checkout: string;
  /** Starts Slipway, in place of Node.js and the program of the checkout. */
  readonly program?: string;
  /**
   * The folder for temporary files. The demo's processes are recognized by its path, so it must be this run's alone.
   */
  readonly temporary: string;
  /** By default that of this process; its folder comes first on PATH. */
  readonly node?: string | undefined;
  /** Words before the program's, such as `setpriv …`. */
  readonly prefix?: readonly string[];
  /** Options besides `--json`. */
  readonly options?: readonly string[];
}

export interface FinishedDemo {
  readonly exitCode: number | null;
  /** Lines on stdout. */
  readonly lines: readonly string[];
  readonly stderr: string;
  /** Whether the search for processes saw the demo at work: only then does it mean something that none is left. */
  readonly wasSeen: boolean;
  readonly leftover: readonly number[];
}

/**
 * Runs the demo of the built program to its end, with nothing in its environment but PATH and TMPDIR: no HOME either.
 */
export async function runDemo(place: DemoPlace): Promise<FinishedDemo> {
  const { checkout, program, temporary, node = process.execPath, prefix = [], options = [] } = place;
  const started = program === undefined ? [node, join(checkout, 'bin/slipway.js')] : [program];
  const words = [...prefix, ...started, 'demo', '--json', ...options];
  const env = { PATH: `${dirname(node)}:${process.env.PATH}`, TMPDIR: temporary };
  const child = spawn(words[0] as string, words.slice(1), { cwd: checkout, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const seen = once(child.stderr, 'readable').then(() => processesNaming(temporary));
  const [stdout, stderr] = await Promise.all([buffer(child.stdout), buffer(child.stderr), once(child, 'close')]);
  return {
    exitCode: child.exitCode,
    lines: stdout.toString().trimEnd().split('\n'),
    stderr: stderr.toString(),
    wasSeen: (await seen).length > 0,
    leftover: await leftOver(temporary),
  };
}

/** Killed processes can still be seen for a moment: only those that do not end are left over. */
async function leftOver(temporary: string): Promise<readonly number[]> {
  for (let looks = 0; ; looks += 1) {
    const found = await processesNaming(temporary);
    if (found.length === 0 || looks === MOST_LOOKS) return found;
    await systemWait(500);
  }
}

/** The closing report, or an error that shows what the demo said instead. */
export function reportOf({ lines, stderr }: FinishedDemo): DemoReport {
  try {
    return JSON.parse(lines.at(-1) ?? '') as DemoReport;
  } catch (error) {
    throw new Error(`The demo ended without a report. It said:\n${stderr}`, { cause: error });
  }
}
