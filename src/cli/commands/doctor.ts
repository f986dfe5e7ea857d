import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { builderName } from '../../generate/index.ts';
import type { CommandModule } from '../command.ts';
import { cliError } from '../errors.ts';
import { inspectMachine, type PartReport } from '../../doctor/index.ts';
import type { Terminal } from '../terminal.ts';

export const configure: CommandModule['configure'] = (command, { env, cwd, terminal, signal }) => {
  command
    .description(
      'Show what this machine has and lacks for building stacks, with the remedy for each part that is missing.',
    )
    .option('--json', 'print one line of JSON')
    .action(async (options: { json?: true }) => {
      const isForSpack = existsSync(join(cwd, 'spack.yaml')) && builderName(cwd, env) === 'spack';
      const parts = await inspectMachine({ env, signal, spackStack: isForSpack ? cwd : undefined });
      signal.throwIfAborted();
      const missing = parts.filter((part) => part.isNeeded && part.found === undefined).map((part) => part.name);
      if (options.json) terminal.json({ ok: missing.length === 0, parts });
      else for (const part of parts) printPart(part, terminal);
      if (missing.length > 0) throw cliError('CLI_PARTS_MISSING', { parts: missing.join(', ') });
    });
};

function printPart(part: PartReport, terminal: Terminal): void {
  if (part.found !== undefined) {
    terminal.data(`ok       ${part.name}: ${part.found}`);
    return;
  }
  terminal.data(`${part.isNeeded ? 'missing ' : 'optional'} ${part.name}: not found; ${part.use}`);
  terminal.data(`         ${part.remedy}`);
}
