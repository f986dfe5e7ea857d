import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { runCommandLine } from './command-line.ts';
import type { CommandContext } from './command.ts';
import type { CommandEntry } from './command-list.ts';
import { readEnvironment } from './config.ts';
import { interruptedExitCode } from './failure.ts';
import { useProxies } from './proxies.ts';
import { createTerminal } from './terminal.ts';

async function ask(question: string, signal: AbortSignal): Promise<string> {
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await reader.question(question, { signal });
  } finally {
    reader.close();
  }
}

/** The process: its environment, signals, streams and exit status, with these commands. */
export async function runProgram(entries: readonly CommandEntry[]): Promise<void> {
  const env = readEnvironment();
  const interruption = new AbortController();

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // A person who asks twice does not want to wait for the tidying.
      if (interruption.signal.aborted) process.exit(interruptedExitCode);
      interruption.abort();
    });
  }

  // `slipway … | head` closes our stdout early: that is the reader's right, not a failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });

  const context: CommandContext = {
    env,
    cwd: process.cwd(),
    terminal: createTerminal(process, env),
    signal: interruption.signal,
    input: () => text(process.stdin),
    ...(process.stdin.isTTY ? { ask: (question: string) => ask(question, interruption.signal) } : {}),
  };

  await useProxies(env);
  process.exitCode = await runCommandLine(process.argv.slice(2), context, entries);
}
