import { putJson, requestJson } from '../../client/index.ts';
import { coordinatorError } from '../../coordinator/index.ts';
import type {
  CreatedRegistrationToken,
  CreatedRunner,
  RegistrationRequest,
  RunnerChange,
  RunnerList,
  RunnerRequest,
  RunnerSummary,
  RunnerView,
} from '../../protocol/index.ts';
import { auditedRunner, openStoredRunners, type StoredRunners } from '../../server/index.ts';
import { audited } from '../audited.ts';
import type { CommandContext } from '../command.ts';
import { serverAccess, type AccessOptions } from '../server-access.ts';
import { storedWork, type ServerPlace } from '../server-place.ts';
import { readServerSettings } from '../server-settings.ts';

export type RunnerAction = 'pause' | 'resume' | 'remove';

/** Runners of a server. Those that change one take its name or id. */
interface RunnerService {
  /** From a data folder, those of the configuration are missing, and the state of the others. */
  list(): Promise<readonly (RunnerSummary | RunnerView)[]>;
  find(name: string): Promise<RunnerSummary | RunnerView>;
  create(request: RunnerRequest): Promise<CreatedRunner>;
  edit(name: string, change: RunnerChange): Promise<RunnerSummary>;
  act(action: RunnerAction, name: string): Promise<RunnerSummary>;
  rotate(name: string, now: boolean): Promise<CreatedRunner>;
  allowRegistration(request: RegistrationRequest): Promise<CreatedRegistrationToken>;
  endRegistration(): Promise<void>;
}

/** Returns the runners of the server at `--url`, or those in the data folder, whose audit log then has the changes. */
export async function runnerService(context: CommandContext, options: ServerPlace): Promise<RunnerService> {
  return options.url === undefined ? storedRunners(context, options) : remoteRunners(context, options);
}

async function storedRunners(context: CommandContext, { config, data }: ServerPlace): Promise<RunnerService> {
  const server = { config, data };
  const { configuration } = await readServerSettings(server, context);
  const stored = storedWork(configuration.data, () => openStoredRunners(configuration));
  const find = async (name: string) => {
    if (configuration.runners.some((one) => one.name === name))
      throw coordinatorError('RUNNER_CONFIGURED', { runner: name });
    return runnerNamed(name, await stored((runners) => runners.list()));
  };
  const change = async <T extends RunnerSummary>(
    action: string,
    name: string,
    work: (runners: StoredRunners, id: string) => T,
  ) =>
    audited({ action: `runner.${action}`, on: name, server, recorded: auditedRunner }, context, async () => {
      const { id } = await find(name);
      return stored((runners) => work(runners, String(id)));
    });
  return {
    list: () => stored((runners) => runners.list()),
    find,
    create: (request) =>
      audited({ action: 'runner.create', on: request.name, server, recorded: auditedRunner }, context, () =>
        stored((runners) => runners.create(request)),
      ),
    edit: (name, edited) => change('edit', name, (runners, id) => runners.edit(id, edited)),
    act: (action, name) => change(action, name, (runners, id) => runners[action](id)),
    rotate: (name, now) => change('rotate', name, (runners, id) => runners.rotate(id, now)),
    allowRegistration: (request) =>
      audited({ action: 'runner.allow-registration', server }, context, () =>
        stored((runners) => runners.allowRegistration(request)),
      ),
    endRegistration: () =>
      audited({ action: 'runner.end-registration', server }, context, () =>
        stored((runners) => runners.endRegistration()),
      ),
  };
}

async function remoteRunners(context: CommandContext, options: AccessOptions): Promise<RunnerService> {
  const server = await serverAccess(context, options);
  const list = async () => (await requestJson<RunnerList>(server, '/api/v1/runners')).runners;
  const find = async (name: string) => runnerNamed(name, await list());
  const pathOf = async (name: string) => `/api/v1/runners/${(await find(name)).id}`;
  return {
    list,
    find,
    create: (request) => requestJson<CreatedRunner>(server, '/api/v1/runners', request),
    edit: async (name, change) => putJson<RunnerSummary>(server, await pathOf(name), change),
    act: async (action, name) => requestJson<RunnerSummary>(server, `${await pathOf(name)}/${action}`, {}),
    rotate: async (name, now) => requestJson<CreatedRunner>(server, `${await pathOf(name)}/rotate`, { now }),
    allowRegistration: (request) =>
      requestJson<CreatedRegistrationToken>(server, '/api/v1/runners/registration', request),
    endRegistration: async () => void (await requestJson(server, '/api/v1/runners/registration/end', {})),
  };
}

function runnerNamed<Runner extends RunnerSummary>(name: string, runners: readonly Runner[]): Runner {
  const found = runners.find((one) => one.name === name) ?? runners.find(({ id }) => String(id) === name);
  if (found === undefined) throw coordinatorError('RUNNER_UNKNOWN', { runner: name });
  return found;
}
