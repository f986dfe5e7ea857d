import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import {
  LocalRunner,
  writeLauncher,
  type JobNetwork,
  type LocalContainers,
  type LocalSandbox,
} from '../executor/index.ts';
import { SlipwayError, programEntry, type ProcessVariables } from '../kit/index.ts';
import type { JobReproduction, JobResponse } from '../protocol/index.ts';
import type { JobLocation } from './container.ts';

interface RunRequest {
  readonly reproduction: JobReproduction;
  /** Folder of this reproduction; `project` below it holds the sources. */
  readonly folder: string;
  readonly location: JobLocation & { readonly sandbox: LocalSandbox | undefined };
  /** All that the job reaches from a container. */
  readonly network: JobNetwork;
  /** Variables that take precedence over those of the job. */
  readonly variables: Readonly<Record<string, string>>;
  readonly base: ProcessVariables;
  /** Folder for temporary files. */
  readonly temporary: string;
  readonly onOutput: (bytes: Buffer) => void;
  readonly signal: AbortSignal;
}

export interface JobEnding {
  /** Undefined if it was ended. */
  readonly exitCode?: number;
  readonly isTimedOut: boolean;
}

/** Runs a job's script and after_script with the job's variables; `log-here.txt` keeps what they print. */
export async function runJobHere(request: RunRequest): Promise<JobEnding> {
  const { folder, base, temporary, signal } = request;
  const log = createWriteStream(join(folder, 'log-here.txt'));
  const onOutput = (bytes: Buffer) => {
    log.write(bytes);
    request.onOutput(bytes);
  };
  for (const name of ['bin', 'home', 'tmp']) await mkdir(join(folder, name), { recursive: true });
  const path = await writeLauncher(join(folder, 'bin'), { entry: programEntry(), cache: join(folder, 'cache') });
  const runner = await LocalRunner.open({
    workingCopy: join(folder, 'project'),
    temporary,
    isInPlace: true,
    home: folder,
    containers: containersOf(request),
    sandbox: request.location.sandbox,
    concurrency: 1,
    base,
    path,
    isColoured: true,
  });
  const killAll = () => runner.killAll();
  process.once('exit', killAll);
  try {
    const { outcome } = await runner.run(jobOf(request), { signal, onOutput });
    if (outcome.state === 'success') return { exitCode: 0, isTimedOut: false };
    if (outcome.error instanceof SlipwayError) throw outcome.error;
    return { exitCode: outcome.exitCode, isTimedOut: outcome.reason === 'job_execution_timeout' };
  } finally {
    await runner.close();
    process.off('exit', killAll);
    await finished(log.end());
  }
}

function jobOf({ reproduction, variables, location }: RunRequest): JobResponse {
  const { job, stack, image, script, afterScript, timeout } = reproduction;
  const additional = Object.entries(variables).map(([key, value]) => ({ key, value, raw: true }));
  return {
    id: 1,
    token: '',
    // A bundle says itself how far it is trusted.
    trust: reproduction.trust === 'untrusted' ? 'untrusted' : 'pull-request',
    allow_git_fetch: true,
    job_info: { name: job.name, stage: job.stage, project_id: 1, project_name: stack },
    git_info: {},
    runner_info: { timeout },
    variables: [...reproduction.variables, ...additional],
    steps: [
      { name: 'script', script },
      { name: 'after_script', script: afterScript },
    ],
    image: location.container && { name: location.container.image, entrypoint: image?.entrypoint },
    services: [],
    artifacts: [],
    cache: [],
    hooks: [],
    dependencies: [],
  };
}

function containersOf({ location, folder, base, network }: RunRequest): LocalContainers | undefined {
  if (location.container === undefined) return undefined;
  return {
    runtime: location.container.runtime,
    env: base,
    readable: [],
    writable: () => [join(folder, 'mirror')],
    pullPolicies: ['if-not-present'],
    hasUserCredentials: true,
    network,
  };
}
