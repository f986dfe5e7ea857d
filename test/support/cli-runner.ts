import { readFileSync } from 'node:fs';
import { main } from '../../src/cli/main.ts';
import { processContext } from '../../src/cli/program.ts';

/** A command line, as `CliCase` of `cli-cases.ts` describes it. */
interface Line {
  readonly words: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly until?: string;
}

/**
 * Runs command lines one after the other in one process, since a process for each takes long. The file that the argument
 * names has them as JSON. After each, both streams get a line with its exit status.
 */
const lines = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as readonly Line[];
// Some commands take variables out of the environment of the process.
const inherited = { ...process.env, CI: undefined };
for (const { words, env, until } of lines) {
  const interruption = new AbortController();
  const context = processContext({ ...inherited, ...env }, interruption.signal);
  const { data } = context.terminal;
  const interrupting = (line: string) => {
    data(line);
    if (until !== undefined && line.includes(until)) interruption.abort();
  };
  // Progress depends on how fast the machine is, and has tests of its own.
  Object.assign(context.terminal, { progress: () => undefined, data: interrupting });
  const status = await main(words, context);
  process.stdout.write(`\u001Eexit status: ${status}\u001E`);
  if (!process.stderr.isTTY) process.stderr.write('\u001E');
}
process.exitCode = 0;
