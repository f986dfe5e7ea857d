import { Option, type Command } from 'commander';
import { statusForges, type StatusForge, type StatusState } from '../../forge/index.ts';
import { createLogger } from '../logger.ts';
import { readToken } from '../read-token.ts';
import type { CommandContext } from '../command.ts';
import { cliError } from '../errors.ts';

const STATES: readonly string[] = ['pending', 'success', 'failure', 'error'] satisfies StatusState[];
const KINDS = [...statusForges.keys()];
const TOKENS = [...statusForges.values()].map(({ tokenVariable }) => tokenVariable).join(' or ');
const PUBLIC = [...statusForges.values()].map(({ publicApiUrl }) => publicApiUrl).join(' or ');

interface PostOptions {
  readonly forge: string;
  readonly repository: string;
  readonly sha?: string;
  readonly state: string;
  readonly context: string;
  readonly description: string;
  readonly targetUrl?: string;
  readonly apiUrl?: string;
  readonly tokenFile?: string;
  readonly json?: true;
}

/** Adds `slipway status post`, by which a job of any CI server reports to a request on a forge. */
export function configureStatusPost(command: Command, context: CommandContext): void {
  command
    .command('post')
    .description(`Set the status of a commit on its forge, from any job. The token is ${TOKENS}.`)
    .addOption(new Option('--forge <kind>', 'where the repository is').choices(KINDS).default(KINDS[0]))
    .requiredOption('--repository <path>', 'owner and name of the repository on the forge')
    .option('--sha <sha>', 'commit (default: CI_COMMIT_SHA)')
    .requiredOption('--state <state>', STATES.join(', '))
    .option('--context <name>', 'what the status is about', 'slipway')
    .option('--description <text>', 'at most 140 characters are shown', '')
    .option('--target-url <url>', 'where the details are (default: CI_JOB_URL)')
    .option('--api-url <url>', `address of the API (default: ${PUBLIC})`)
    .option('--token-file <file>', `file with the token, instead of ${TOKENS}`)
    .option('--json', 'print one line of JSON')
    // Commander assigns a `--json` after `post` to `status`.
    .action((_options: PostOptions, self: Command) => postStatus(context, self.optsWithGlobals()));
}

async function postStatus(context: CommandContext, options: PostOptions): Promise<void> {
  const { env, terminal } = context;
  const { repository, context: name, description, json } = options;
  const sha = options.sha ?? env['CI_COMMIT_SHA'];
  const url = options.targetUrl ?? env['CI_JOB_URL'];
  if (sha === undefined) throw usage('Name the commit with `--sha`, since CI_COMMIT_SHA is not set');
  const state = checkState(options.state);
  const forge = statusForges.get(options.forge) as StatusForge;
  const token = await readToken(context, { file: options.tokenFile, variable: forge.tokenVariable });
  const apiUrl = options.apiUrl ?? forge.publicApiUrl;
  const status = { sha, context: name, state, description, url };
  await forge.statuses({ repository, apiUrl, token, log: createLogger('warn') }).post(status);
  if (json === true) terminal.json({ repository, ...status });
  else terminal.data(`${repository} ${sha.slice(0, 8)}  ${name}  ${state}`);
}

function checkState(state: string): StatusState {
  if (!STATES.includes(state)) throw usage(`\`${state}\` is no state: it is one of ${STATES.join(', ')}`);
  return state as StatusState;
}

function usage(message: string) {
  return cliError('CLI_USAGE', { message, program: 'slipway status post' });
}
