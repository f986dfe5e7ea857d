import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import {
  builderError,
  installSpack,
  listInstallations,
  removeInstallation,
  spackReleases,
  type InstalledSpack,
  type InstallRequest,
} from '../../builder/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { addYesOption, confirm, type ConfirmFlags } from '../confirm.ts';
import { showPhase } from '../show-phase.ts';

interface Json {
  readonly json?: true;
}

export interface InstallFlags {
  readonly release?: string;
  readonly from?: string;
  readonly recipes?: string;
  readonly sources?: string;
  readonly wheels?: string;
  readonly python?: string;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command.description('Install Spack with its solver for this user, list what is installed, and remove it.');
  const installCommand = command
    .command('install')
    .description(
      'Install a Spack that all commands then use, unless SPACK_ROOT, SPACK_REPO or PATH names another one.',
    );
  addInstallOptions(installCommand)
    .option('--json', 'print one line of JSON')
    .action((flags: InstallFlags & Json) => install(flags, context));
  command
    .command('list')
    .description('List the installed Spacks; commands use the first.')
    .option('--json', 'print one line of JSON')
    .action((flags: Json) => list(flags, context));
  configureRemove(command, context);
};

/** Adds the options that choose a Spack to install, and where it comes from. */
export function addInstallOptions(command: Command): Command {
  const releases = spackReleases.map(({ version }) => version).join(', ');
  return command
    .option('--release <version>', `one of ${releases} (default: the first)`)
    .option('--from <repository>', 'folder or URL to clone Spack from; without `--release`, its newest commit')
    .option('--recipes <repository>', 'folder or URL to clone the recipes of Spack 1.0 and newer from')
    .option('--sources <mirror>', 'folder or URL of a mirror of sources, which Spack asks first')
    .option(
      '--wheels <folder>',
      'folder with wheels of clingo, cffi and pycparser, instead of the Python package index',
    )
    .option('--python <file>', 'Python to use (default: SPACK_PYTHON, /usr/bin/python3, or python3 on PATH)');
}

function configureRemove(command: Command, context: CommandContext): void {
  const removeCommand = command
    .command('remove')
    .description('Remove an installed Spack.')
    .argument('<version>', 'as `slipway spack list` shows it, or the name of its folder');
  addYesOption(removeCommand)
    .option('--json', 'print one line of JSON')
    .action((name: string, flags: RemoveFlags) => remove(name, flags, context));
}

/** Installs a Spack, and shows each step on the terminal. */
export async function installForUser(flags: InstallFlags, context: CommandContext) {
  const { env, cwd, signal, terminal } = context;
  const request: InstallRequest = {
    release: flags.release,
    from: placeOf(flags.from, cwd),
    recipes: placeOf(flags.recipes, cwd),
    sources: mirrorOf(flags.sources, cwd),
    wheels: flags.wheels === undefined ? undefined : resolve(cwd, flags.wheels),
    python: flags.python === undefined ? undefined : resolve(cwd, flags.python),
    env,
    signal,
    phase: (title, waitsFor, work) => showPhase(terminal, { title, waitsFor }, work),
  };
  return installSpack(request);
}

async function install(flags: InstallFlags & Json, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const { spack, wasThere } = await installForUser(flags, context);
  if (flags.json) return terminal.json({ ...described(spack), installed: !wasThere });
  terminal.data(`Spack ${spack.version} ${wasThere ? 'was already' : 'is'} installed in ${spack.folder}.`);
  terminal.note('All commands use it now. `slipway doctor` checks what else this machine needs.');
}

/** A folder becomes absolute; an address stays as it is. */
function placeOf(place: string | undefined, cwd: string): string | undefined {
  if (place === undefined || (/^[\w+.-]+:\/\/|^[^/]+@[^/]+:/.test(place) && !existsSync(resolve(cwd, place))))
    return place;
  return resolve(cwd, place);
}

function mirrorOf(place: string | undefined, cwd: string): string | undefined {
  const found = placeOf(place, cwd);
  return found?.startsWith('/') === true ? `file://${found}` : found;
}

async function list({ json }: Json, { env, terminal }: CommandContext): Promise<void> {
  const all = await listInstallations(env);
  if (json) return terminal.json(all.map(described));
  if (all.length === 0) terminal.note('No Spack is installed. `slipway spack install` installs one.');
  for (const { version, commit, folder } of all) terminal.data(`${version}  ${commit.slice(0, 10)}  ${folder}`);
}

type RemoveFlags = Json & ConfirmFlags;

async function remove(name: string, flags: RemoveFlags, context: CommandContext): Promise<void> {
  const { env, terminal } = context;
  const found = (await listInstallations(env)).find(({ version, key }) => version === name || key === name);
  if (found === undefined) throw builderError('SPACK_NOT_INSTALLED', { name });
  await confirm(`Remove Spack ${found.version} from ${found.folder}`, flags, context);
  await removeInstallation(env, found);
  if (flags.json) return terminal.json(described(found));
  terminal.data(`Spack ${found.version} was removed from ${found.folder}.`);
}

function described({ version, commit, recipes, folder, isDefault, variables }: InstalledSpack) {
  return { version, commit, recipes, folder, isDefault, variables };
}
