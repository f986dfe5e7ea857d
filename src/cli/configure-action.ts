import { findPlannedJob, requestJson, type ServerAccess } from '../client/index.ts';
import type { JobView } from '../protocol/index.ts';
import type { CommandModule } from './command.ts';
import { cliError } from './errors.ts';
import { splitVariable } from './split-variable.ts';
import { addAccessOptions, serverAccess, type AccessOptions } from './server-access.ts';

interface ActOptions extends AccessOptions {
  readonly json?: true;
  readonly pipeline?: string;
  readonly stack?: string;
  readonly variable?: readonly string[];
}

/** The server's answer: a job, or a pipeline with its address. */
interface Answer {
  readonly pipeline: string;
  readonly job?: string;
  readonly id?: string;
  readonly status: string;
  readonly url?: string;
}

type Action = 'retry' | 'play' | 'cancel';

const DESCRIPTIONS: Readonly<Record<Action, string>> = {
  retry: 'Run an ended job once more, or all failed and canceled jobs of a pipeline and its children.',
  play: 'Start a manual job, or a delayed one now.',
  cancel: 'Stop a job, or a whole pipeline with its children. Running jobs are requested to stop, and can clean up.',
};

/** States of the jobs that an action is usually for: of several jobs of a name, one of these is meant. */
const USUAL: Readonly<Record<Action, ReadonlySet<string>>> = {
  retry: new Set(['failed', 'canceled']),
  play: new Set(['manual', 'scheduled']),
  cancel: new Set(['running', 'pending', 'preparing', 'waiting_for_resource']),
};

/** `slipway retry`, `play` and `cancel`, which send the same request. */
export function configureAction(action: Action): CommandModule['configure'] {
  return (command, context) => {
    const named = 'id of the job, or its name or package: then the newest one of that name for which this is possible';
    command.description(DESCRIPTIONS[action]);
    if (action === 'play') command.argument('<job>', named);
    else command.argument('[job]', `${named} (with --pipeline alone: all of that pipeline)`);
    command
      .option('--pipeline <id>', 'look for the name in this pipeline and its children only')
      .option('--stack <name>', 'look for the name in this stack only');
    if (action === 'play') command.option('--variable <key=value...>', 'variable for this job alone');
    addAccessOptions(command)
      .option('--json', 'print one line of JSON')
      .action(async (job: string | undefined, options: ActOptions) => {
        const { terminal } = context;
        const server = await serverAccess(context, options);
        const { path, body } = await requestOf(server, { action, job, options });
        const answer = await requestJson<Answer>(server, path, body);
        if (options.json) terminal.json(answer);
        else terminal.data(describe(answer));
      });
  };
}

interface ActRequest {
  readonly action: Action;
  readonly job: string | undefined;
  readonly options: ActOptions;
}

async function requestOf(
  server: ServerAccess,
  { action, job, options: { pipeline, stack, variable } }: ActRequest,
): Promise<{ path: string; body: unknown }> {
  const body =
    variable === undefined
      ? {}
      : { variables: Object.fromEntries(variable.map((one) => splitVariable(one, `slipway ${action}`))) };
  if (job === undefined && pipeline !== undefined)
    return { path: `/api/v1/pipelines/${encodeURIComponent(pipeline)}/${action}`, body: {} };
  if (job === undefined)
    throw cliError('CLI_USAGE', {
      message: `name what to ${action}: a job by its name or id, or --pipeline ID for all of it`,
      program: `slipway ${action}`,
    });
  if (/^\d+$/.test(job)) return { path: `/api/v1/jobs/${job}/${action}`, body };
  const prefer = ({ status }: JobView) => USUAL[action].has(status);
  const found = await findPlannedJob(server, { name: job, stack, pipeline, prefer });
  const path = `/api/v1/pipelines/${encodeURIComponent(found.pipeline)}/jobs/${action}`;
  return { path, body: { name: found.name, ...body } };
}

function describe({ pipeline, job, id, status, url }: Answer): string {
  if (job === undefined) return `pipeline ${pipeline}: ${status}  ${url}`;
  return `${job} of pipeline ${pipeline}: ${status}${id === undefined ? '' : `  (job ${id})`}`;
}
