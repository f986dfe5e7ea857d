import { mkdir, mkdtemp, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { programEntry } from '../../src/kit/package-root.ts';
import { parseVariables } from '../../src/local/index.ts';
import { openServer, type RunningServer } from '../../src/server/assembly/open-server.ts';
import { settingsOf } from '../../src/coordinator/configuration/server-settings.ts';
import { isFinal, type JobStatus } from '../../src/pipeline/index.ts';
import type { ConformanceCase } from './conformance-case.ts';
import type { PipelineResult } from './conformance-differences.ts';
import { layOut, sharedFolder } from './conformance-run.ts';
import { removeFolder } from './remove-folder.ts';
import { pipelineFamily, servedResult } from './served-result.ts';
import { testSigningKey } from './served-stack.ts';
import { silentLogger } from './silent-logger.ts';

const token = 'token-for-conformance-cases';

/** A case in the form in which a server runs it. */
interface ServedCase {
  readonly stack: NonNullable<Parameters<typeof settingsOf>[0]['stacks']>[number];
  /** Variables of its pipeline. A case that has some is triggered; the others start with the push to `main`. */
  readonly variables: Readonly<Record<string, string>>;
  /** Manual and delayed jobs to start. */
  readonly plays: readonly string[];
}

/** A server in this process whose embedded runner runs conformance cases, each in a stack of its own. */
export interface CaseServer {
  /** Waits for the end of a case's pipeline. Calls for different cases may overlap. */
  result(name: string): Promise<PipelineResult>;
  close(): Promise<void>;
}

/** Opens the server; every pipeline that needs no trigger starts at once. */
export async function serveCases(cases: readonly ConformanceCase[]): Promise<CaseServer> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'conformance-served-')));
  try {
    const served = new Map<string, ServedCase>();
    for (const [index, one] of cases.entries())
      served.set(one.name, await prepareCase(one, join(folder, `case-${index}`)));
    const server = await openCaseServer(folder, [...served.values()]);
    return {
      result: (name) => resultOf(server, served.get(name) as ServedCase),
      close: async () => {
        await server.stop();
        await removeFolder(folder);
      },
    };
  } catch (error) {
    await removeFolder(folder);
    throw error;
  }
}

/** Makes a case's repository, and maps the arguments of `slipway run` to what a server has for them. */
async function prepareCase(one: ConformanceCase, folder: string): Promise<ServedCase> {
  const [remote, shared] = [join(folder, 'stack'), join(folder, 'shared')];
  await mkdir(shared, { recursive: true });
  await layOut(remote, one);
  const list = { type: 'string', multiple: true, default: [] as string[] } as const;
  const { values } = parseArgs({
    args: [...(one.run?.arguments ?? []), ...sharedFolder(one, shared)],
    options: { variable: list, secret: list, play: list },
  });
  const variables = parseVariables(values.variable);
  const secrets = Object.entries(parseVariables(values.secret)).map(async ([name, value]) => {
    await writeFile(join(folder, name), value);
    return { name, from: { file: join(folder, name) } };
  });
  const stack = {
    name: one.name.replaceAll(/[^a-z0-9]/g, '-'),
    remote,
    poll: 0,
    events: { pushes: Object.keys(variables).length === 0 },
    secrets: await Promise.all(secrets),
    triggerToken: { env: 'TRIGGER_TOKEN' },
  };
  return { stack, variables, plays: values.play };
}

async function openCaseServer(folder: string, served: readonly ServedCase[]): Promise<RunningServer> {
  const env = { PATH: process.env['PATH'], SPACK_SIGNING_KEY: await testSigningKey(), TRIGGER_TOKEN: token };
  const runners = [{ name: 'embedded', embedded: true, containers: false, sandbox: 'never' as const, concurrency: 4 }];
  const stacks = served.map(({ stack }) => stack);
  const settings = settingsOf({ data: join(folder, 'data'), listen: '127.0.0.1:0', runners, stacks }, env);
  return openServer({ settings, env, log: silentLogger, version: '0', entry: programEntry() });
}

async function resultOf(server: RunningServer, { stack, variables, plays }: ServedCase): Promise<PipelineResult> {
  const { pipelines, ledger } = server.coordinator.context;
  if (stack.events?.pushes === false) await post(server, `stacks/${stack.name}/trigger`, { ref: 'main', variables });
  const pipeline = await until(() => pipelines.list({ stack: stack.name })[0]?.id ?? ledger.statuses(stack.name)[0]);
  if (typeof pipeline !== 'string') {
    const status = pipeline.state === 'success' ? 'not_created' : `${pipeline.state}: ${pipeline.description}`;
    return { status, jobs: {}, attempts: {}, output: new Map() };
  }
  for (const name of plays) {
    await until(() => ['manual', 'scheduled'].includes(pipelines.state(pipeline).jobs[name]?.status ?? ''));
    await post(server, `pipelines/${pipeline}/jobs/play`, { name });
  }
  await until(() => pipelineFamily(pipelines, pipeline).every(({ id }) => isAtRest(pipelines.state(id).status)));
  return servedResult(server, pipeline);
}

/** A pipeline that waits for a person does not change by itself either. */
function isAtRest(status: JobStatus): boolean {
  return isFinal(status) || status === 'manual';
}

async function until<Found>(look: () => Found | undefined | false): Promise<Found> {
  for (;;) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    await sleep(50);
  }
}

async function post(server: RunningServer, path: string, body: unknown): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const answer = await fetch(`${server.url}/api/v1/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
}
