import { readFileSync } from 'node:fs';
import { main } from '../../src/cli/main.ts';
import { processContext } from '../../src/cli/program.ts';

/**
 * Runs command lines one after the other in one process, since a process for each takes long. The file that the argument
 * names has them as JSON. After each, both streams get a line with its exit status.
 */
const lines = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as readonly (readonly string[])[];
// Some commands take variables out of the environment of the process.
const env = { ...process.env, CI: undefined };
for (const words of lines) {
  // Progress depends on how fast the machine is, and has tests of its own.
  const context = processContext(env, new AbortController().signal);

  Object.assign(context.terminal, { progress: () => undefined });
  const status = await main(words, context);
  process.stdout.write(`\u001Eexit status: ${status}\u001E`);
  if (!process.stderr.isTTY) process.stderr.write('\u001E');
}
process.exitCode = 0;
