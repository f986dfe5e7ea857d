import { requestJson } from '../client/index.ts';
import type { CommandModule } from './command.ts';
import { cliError } from './errors.ts';
import { splitVariable } from './split-variable.ts';
import { addAccessOptions, serverAccess, type AccessOptions } from './server-access.ts';

interface ActOptions extends AccessOptions {
  readonly json?: true;
  readonly pipeline?: string;
  readonly job?: string;
  readonly name?: string;
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

/** `slipway retry`, `play` and `cancel`, which send the same request. */
export function configureAction(action: Action): CommandModule['configure'] {
  return (command, context) => {
    command
      .description(DESCRIPTIONS[action])
      .option('--job <id>', 'a job by its id, as the page and `slipway logs` show it')
      .option('--pipeline <id>', action === 'play' ? 'the pipeline of the job' : 'a pipeline, or that of the job')
      .option('--name <name>', 'name of the job in the pipeline');
    if (action === 'play') command.option('--variable <key=value...>', 'variable for this job alone');
    addAccessOptions(command)
      .option('--json', 'print one line of JSON')
      .action(async (options: ActOptions) => {
        const { terminal } = context;
        const { path, body } = requestOf(action, options);
        const answer = await requestJson<Answer>(await serverAccess(context, options), path, body);
        if (options.json) terminal.json(answer);
        else terminal.data(describe(answer));
      });
  };
}

function requestOf(action: Action, { job, pipeline, name, variable }: ActOptions): { path: string; body: unknown } {
  const body =
    variable === undefined
      ? {}
      : { variables: Object.fromEntries(variable.map((one) => splitVariable(one, `slipway ${action}`))) };
  if (job !== undefined && pipeline === undefined && name === undefined)
    return { path: `/api/v1/jobs/${encodeURIComponent(job)}/${action}`, body };
  if (job === undefined && pipeline !== undefined && name !== undefined)
    return { path: `/api/v1/pipelines/${encodeURIComponent(pipeline)}/jobs/${action}`, body: { name, ...body } };
  if (job === undefined && pipeline !== undefined && action !== 'play')
    return { path: `/api/v1/pipelines/${encodeURIComponent(pipeline)}/${action}`, body: {} };
  throw cliError('CLI_USAGE', {
    message: `name what to ${action}: --job ID, or --pipeline ID --name NAME${
      action === 'play' ? '' : ', or --pipeline ID for all of it'
    }`,
    program: `slipway ${action}`,
  });
}

function describe({ pipeline, job, id, status, url }: Answer): string {
  if (job === undefined) return `pipeline ${pipeline}: ${status}  ${url}`;
  return `${job} of pipeline ${pipeline}: ${status}${id === undefined ? '' : `  (job ${id})`}`;
}
