import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { builderName } from '../../generate/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { isAnsweredYes } from '../confirm.ts';
import { cliError } from '../errors.ts';
import { inspectMachine, type PartReport } from '../../doctor/index.ts';
import { withInstalledSpack } from '../installed-spack.ts';
import { addInstallOptions, installForUser, type InstallFlags } from './spack.ts';
import type { Terminal } from '../terminal.ts';

interface DoctorFlags extends InstallFlags {
  readonly fix?: true;
  readonly yes?: true;
  readonly json?: true;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .description(
      'Show what this machine has and lacks for building stacks, with the remedy for each part that is missing.',
    )
    .option('--fix', 'offer to install what Slipway can install: Spack with its solver')
    .option('-y, --yes', 'with `--fix`: install without asking')
    .option('--json', 'print one line of JSON')
    .optionsGroup('With --fix, the same as those of `slipway spack install`:');
  addInstallOptions(command)
    .optionsGroup('Options:')
    .action((flags: DoctorFlags) => examine(flags, context));
};

async function examine(flags: DoctorFlags, context: CommandContext): Promise<void> {
  const { terminal, signal } = context;
  let parts = await inspect(context);
  if (flags.fix && lacksSpack(parts) && (await agrees(flags, context))) {
    await installForUser(flags, context);
    parts = await inspect(await withInstalledSpack(context));
  }
  signal.throwIfAborted();
  const missing = parts.filter((part) => part.isNeeded && part.found === undefined).map((part) => part.name);
  if (flags.json) terminal.json({ ok: missing.length === 0, parts });
  else for (const part of parts) printPart(part, terminal);
  if (missing.length > 0) throw cliError('CLI_PARTS_MISSING', { parts: missing.join(', ') });
}

async function inspect({ env, cwd, signal }: CommandContext): Promise<readonly PartReport[]> {
  const isForSpack = existsSync(join(cwd, 'spack.yaml')) && builderName(cwd, env) === 'spack';
  return inspectMachine({ env, signal, spackStack: isForSpack ? cwd : undefined });
}

function lacksSpack(parts: readonly PartReport[]): boolean {
  return parts.some(({ name, found }) => name === 'Spack' && found === undefined);
}

async function agrees({ yes }: DoctorFlags, context: CommandContext): Promise<boolean> {
  if (yes === true) return true;
  if (context.prompt === undefined) throw cliError('CLI_FIX_UNCONFIRMED', { part: 'Spack' });
  return isAnsweredYes('Spack is missing. Install it for this user, about 300 MB?', context, true);
}

function printPart(part: PartReport, terminal: Terminal): void {
  if (part.found !== undefined) {
    terminal.data(`ok       ${part.name}: ${part.found}`);
    return;
  }
  terminal.data(`${part.isNeeded ? 'missing ' : 'optional'} ${part.name}: not found; ${part.use}`);
  terminal.data(`         ${part.remedy}`);
}
