import { Option } from 'commander';
import {
  ciSystems,
  describeFacts,
  ignored,
  initError,
  inspectFolder,
  kindsOf,
  projectFiles,
  projectKinds,
  requireKind,
  stackName,
  writeProjectFiles,
  type CiSystem,
  type FolderFacts,
  type ProjectKind,
  type ProjectOptions,
} from '../../init/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { isAnsweredYes } from '../confirm.ts';

interface InitFlags {
  readonly kind?: ProjectKind;
  readonly name?: string;
  readonly ci?: CiSystem;
  readonly server: boolean;
  readonly yes?: true;
  readonly json?: true;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .description(
      'Set up the repository in this folder: recognize what it holds, and write slipway.yaml, slipway.server.yaml and ' +
        'what else is needed. Existing files stay as they are.',
    )
    .addOption(
      new Option('--kind <kind>', 'what the repository holds (default: what is recognized)').choices(projectKinds),
    )
    .option('--name <name>', 'name of the stack and its image (default: the name of the folder)')
    .addOption(
      new Option('--ci <system>', 'also write a .gitlab-ci.yml, or a workflow for GitHub (default: none)').choices(
        ciSystems,
      ),
    )
    .option('--no-server', 'do not write slipway.server.yaml')
    .option('-y, --yes', 'ask nothing, and accept what is recognized')
    .option('--json', 'print one line of JSON')
    .action((flags: InitFlags) => init(flags, context));
};

async function init(flags: InitFlags, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const facts = await inspectFolder(context.cwd);
  const options = await chosen(facts, flags, context);
  const files = await projectFiles(facts, options);
  const { written, kept } = await writeProjectFiles(facts.folder, files);
  if (flags.json) return terminal.json({ kind: options.kind, name: options.name, written, kept });
  for (const path of written) terminal.data(`wrote ${path}`);
  for (const path of kept) terminal.note(`${path} exists and stays as it is.`);
  const missing = ignored.filter((one) => facts.gitignore !== undefined && !facts.gitignore.includes(one.slice(0, -1)));
  if (missing.length > 0) terminal.note(`Add to .gitignore: ${missing.join(', ')}`);
  terminal.note('');
  terminal.note(nextSteps(facts, options));
}

/** Takes the flags, and asks for the rest if there is a terminal. */
async function chosen(facts: FolderFacts, flags: InitFlags, context: CommandContext): Promise<ProjectOptions> {
  const [recognized] = kindsOf(facts);
  const kinds = projectKinds.join(', ');
  if (flags.kind !== undefined) requireKind(flags.kind, facts);
  const kind = flags.kind ?? recognized;
  if (kind === undefined) throw initError('INIT_NOTHING_FOUND', { folder: facts.folder });
  const found = describeFacts(kind, facts);
  const { prompt } = context;
  const isAsked = flags.yes !== true && flags.kind === undefined;
  if (isAsked && prompt === undefined) throw initError('INIT_UNCONFIRMED', { folder: facts.folder, found, kinds });
  context.terminal.note(`Recognized ${found}.`);
  const standard = stackName(flags.name ?? facts.name);
  if (!isAsked || prompt === undefined) return { kind, name: standard, server: flags.server, ci: flags.ci ?? 'none' };
  if (!(await isAnsweredYes('Set it up as that?', context, true))) throw initError('INIT_CANCELED', { kinds });
  const name = flags.name ?? ((await prompt(`Name of the stack and its image [${standard}]: `)).trim() || standard);
  const question = 'Configure a server on this machine (slipway.server.yaml)?';
  const server = flags.server && (await isAnsweredYes(question, context, true));
  return { kind, name: stackName(name), server, ci: flags.ci ?? 'none' };
}

function nextSteps({ environment }: FolderFacts, { server }: ProjectOptions): string {
  const folder = environment === undefined || environment === '.' ? '' : ` --env ${environment}`;
  const served = server ? 'slipway serve' : 'slipway run';
  return [
    'Next:',
    `  slipway plan${folder}${' '.repeat(Math.max(1, 26 - folder.length))}# shows what would be built`,
    `  git add . && git commit -m 'Add Slipway'`,
    `  ${served.padEnd(38)}# ${server ? 'builds the committed state, and publishes the image' : 'builds it here, without a server'}`,
  ].join('\n');
}
