import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { isatty } from 'node:tty';
import { messageOf } from '../kit/index.ts';
import { runCommandLine } from './command-line.ts';
import type { CommandContext } from './command.ts';
import type { CommandEntry } from './command-list.ts';
import { cliError } from './errors.ts';
import { interruptedExitCode, outputLost, reportFailure } from './failure.ts';
import { useProxies } from './proxies.ts';
import { createTerminal, type Terminal } from './terminal.ts';

/**
 * Stops the command when its output cannot be written: with an error, or quietly where the reader closed the pipe, as
 * `slipway … | head` does.
 */
function watchOutput(terminal: Terminal, interruption: AbortController): { exitCode(): number | undefined } {
  let exitCode: number | undefined;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (exitCode !== undefined) return;
    const failure = cliError('CLI_OUTPUT_FAILED', { reason: messageOf(error) }, { cause: error });
    exitCode = error.code === 'EPIPE' ? 0 : reportFailure(failure, terminal, { isInterrupted: false });
    process.exitCode = exitCode;
    interruption.abort(outputLost);
  });
  process.stderr.on('error', () => undefined);
  return { exitCode: () => exitCode };
}

async function prompt(question: string, signal: AbortSignal, isHidden: boolean): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({
    input: process.stdin,
    output: isHidden ? silent : process.stderr,
    terminal: isHidden ? true : undefined,
  });
  // The terminal shows what is typed until the reader exists.
  if (isHidden) process.stderr.write(question);
  try {
    return await reader.question(isHidden ? '' : question, { signal });
  } finally {
    reader.close();
    if (isHidden) process.stderr.write('\n');
  }
}

/** Returns what a command uses of this process. */
export function processContext(env: CommandContext['env'], signal: AbortSignal): CommandContext {
  return {
    env,
    cwd: process.cwd(),
    terminal: createTerminal(process, env),
    signal,
    input: () => text(process.stdin),
    // `process.stdin` opens a stream when it is first asked for.
    prompt: isatty(0) ? (question, { isHidden = false } = {}) => prompt(question, signal, isHidden) : undefined,
  };
}

/** The process: its environment, signals, streams and exit status, with these commands. */
export async function runSlipway(entries: readonly CommandEntry[]): Promise<void> {
  // Nothing else in the sources reads `process.env`.
  const env = { ...process.env };
  const interruption = new AbortController();

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // The second signal ends the program without waiting for the cleanup.
      if (interruption.signal.aborted) process.exit(interruptedExitCode);
      interruption.abort();
    });
  }

  const context = processContext(env, interruption.signal);
  const output = watchOutput(context.terminal, interruption);
  useProxies(env);
  const exitCode = await runCommandLine(process.argv.slice(2), context, entries);
  process.exitCode = output.exitCode() ?? exitCode;
}
