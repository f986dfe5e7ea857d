import { existsSync } from 'node:fs';
import { dataFolder, defaultBranchProblem } from '../../coordinator/index.ts';
import type { Publication, ServerConfiguration, StackConfiguration } from '../../coordinator/index.ts';
import { Database, createJourneyLedger, createPipelineLedger } from '../../store/index.ts';
import type { CommandModule } from '../command.ts';
import { cliError } from '../errors.ts';
import { loadServerSettings } from '../server/settings.ts';
import type { ServerFlags } from '../server/settings.ts';
import { configureStatusPost } from './status-post.ts';

const SHORT_SHA = 8;

export const configure: CommandModule['configure'] = (command, context) => {
  configureStatusPost(command, context);
  command
    .description('Show where each change stands: the newest statuses, pipelines and images of the stacks.')
    .option('-c, --config <file>', 'configuration of the server')
    .option('--data <folder>', 'data folder of the server')
    .option('--stack <name>', 'only this stack')
    .option('--json', 'one JSON document')
    .action(async (flags: ServerFlags & { stack?: string; json?: boolean }) => {
      const { configuration } = await loadServerSettings(flags, context.env, context.cwd);
      const { database: file } = dataFolder(configuration.data);
      if (!existsSync(file)) throw cliError('CLI_NO_DATA', { folder: configuration.data });
      const database = new Database(file, { readonly: true });
      try {
        const stacks = readStacks(database, configuration, flags.stack);
        if (flags.json) context.terminal.json({ stacks });
        else for (const stack of stacks) for (const line of describe(stack)) context.terminal.data(line);
      } finally {
        database.close();
      }
    });
};

function readStacks(database: Database, { stacks }: Pick<ServerConfiguration, 'stacks'>, wanted: string | undefined) {
  const [pipelines, journey] = [createPipelineLedger(database), createJourneyLedger(database)];
  const known = database.all('SELECT DISTINCT stack FROM refs').map((row) => String(row.stack));
  const names = wanted === undefined ? [...new Set([...stacks.map(({ name }) => name), ...known])] : [wanted];
  return names.map((name) => ({
    name,
    ...problemOf(
      stacks.find((one) => one.name === name),
      journey.knownRefs(name),
    ),
    statuses: journey.statuses(name),
    pipelines: pipelines.list({ stack: name, limit: 20 }),
    images: journey.publications(name),
  }));
}

function problemOf(stack: StackConfiguration | undefined, refs: ReadonlyMap<string, string>) {
  const problem = stack === undefined ? undefined : defaultBranchProblem(stack, refs);
  if (problem === undefined) return {};
  const { code, message, hint } = problem;
  return { problem: { code, message, hint } };
}

function describe({
  name,
  problem,
  statuses,
  pipelines,
  images,
}: ReturnType<typeof readStacks>[number]): readonly string[] {
  return [
    name,
    ...(problem === undefined ? [] : [`  ${problem.message}`, `    hint: ${problem.hint}`]),
    ...statuses.flatMap(({ sha, context, state, description, detail, problem: undelivered }) => [
      `  ${sha.slice(0, SHORT_SHA)}  ${context}  ${state}  ${(detail ?? description).replace(/\s+/g, ' ')}`,
      ...(undelivered === undefined ? [] : [`    not at the forge: ${undelivered}`]),
    ]),
    ...pipelines.map(
      ({ id, status, ref, sha, trust }) => `  pipeline ${id}  ${status}  ${ref} ${sha.slice(0, SHORT_SHA)} (${trust})`,
    ),
    ...images.map(
      ({ id, repository, tag, state, ...rest }) =>
        `  image ${id}  ${repository}:${tag}  ${state}  ${standingOf({ state, ...rest })}`,
    ),
  ];
}

function standingOf({ state, digest, message, retryAt, attempts }: Omit<Publication, 'id' | 'repository' | 'tag'>) {
  if (state === 'waiting' && retryAt !== undefined)
    return `attempt ${attempts} failed, tried again at ${retryAt}: ${message ?? ''}`;
  return state === 'published' ? (digest ?? '') : (message ?? '');
}
