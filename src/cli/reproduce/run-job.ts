import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { JobReproduction } from '../../protocol/index.ts';
import { findShell, makeJobEnvironment, quoteForShell, scriptText, writeLauncher } from '../../executor/index.ts';
import { cliError } from '../errors.ts';
import { packageRoot, programEntry } from '../../kit/index.ts';
import { containerWords } from './container.ts';
import type { JobPlace } from './container.ts';

export interface RunRequest {
  readonly reproduction: JobReproduction;
  /** Folder of this reproduction; `project` below it holds the sources. */
  readonly folder: string;
  readonly place: JobPlace;
  /** Variables over those of the job. */
  readonly variables: Readonly<Record<string, string>>;
  readonly base: Readonly<Record<string, string | undefined>>;
  readonly onOutput: (bytes: Buffer) => void;
  readonly signal: AbortSignal;
}

export interface JobEnding {
  /** Undefined if it was killed. */
  readonly exitCode?: number;
  readonly isTimedOut: boolean;
}

/** Variables that an image has of its own. */
const OF_THE_IMAGE = new Set(['PATH', 'HOME', 'TMPDIR', 'USER', 'LOGNAME', 'LANG', 'TZ']);
const GRACE_MS = 3000;

/** Runs a job's script, and what comes after it, with the job's variables; `log-here.txt` keeps what they say. */
export async function runJobHere(request: RunRequest): Promise<JobEnding> {
  const { reproduction, folder } = request;
  const log = createWriteStream(join(folder, 'log-here.txt'));
  const hear = (bytes: Buffer) => {
    log.write(bytes);
    request.onOutput(bytes);
  };
  try {
    const environment = await environmentOf(request);
    const ending = await runStep(request, { name: 'script', commands: reproduction.script, environment, hear });
    if (reproduction.afterScript.length > 0 && !request.signal.aborted) {
      const state = ending.exitCode === 0 ? 'success' : 'failed';
      const after = { ...environment, CI_JOB_STATUS: state };
      await runStep(request, { name: 'after_script', commands: reproduction.afterScript, environment: after, hear });
    }
    return ending;
  } finally {
    await finished(log.end());
  }
}

async function environmentOf({ reproduction, folder, variables, base }: RunRequest): Promise<Record<string, string>> {
  const path = await writeLauncher(await made(join(folder, 'bin')), {
    entry: programEntry(),
    cache: join(folder, 'cache'),
  });
  const given = Object.entries(variables).map(([key, value]) => ({ key, value, raw: true }));
  const job = { variables: [...reproduction.variables, ...given], image: reproduction.image };
  const project = join(folder, 'project');
  return makeJobEnvironment(job, { workspace: folder, project, base, path, timeout: reproduction.timeout });
}

interface Step {
  readonly name: string;
  readonly commands: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly hear: (bytes: Buffer) => void;
}

async function runStep(request: RunRequest, step: Step): Promise<JobEnding> {
  const { folder, place, reproduction } = request;
  const project = join(folder, 'project');
  const script = join(folder, `${step.name}.sh`);
  const isInside = place.container !== undefined;
  const text = scriptText(step.commands, project);
  await writeFile(script, isInside ? insideImage(step.environment, folder) + text : text);
  if (place.container === undefined) {
    const shell = await findShell(step.environment['PATH'] ?? '');
    const words = [shell.program, script];
    return runWords(request, { words, environment: step.environment, hear: step.hear, project });
  }
  const { program, image } = place.container;
  const name = `slipway-reproduce-${reproduction.job.id}-${randomBytes(4).toString('hex')}`;
  const words = containerWords({
    program,
    name,
    image,
    folder,
    project,
    script,
    isOnHost: /^https?:\/\/(?:127\.|localhost\b|\[::1\])/.test(request.variables['SLIPWAY_MIRROR_SOURCE'] ?? ''),
    readOnly: [packageRoot(), process.execPath],
    ...(reproduction.image?.entrypoint === undefined ? {} : { entrypoint: reproduction.image.entrypoint }),
  });
  const stop = [program, 'rm', '--force', name];
  const environment = definedOnly(request.base);
  let said = '';
  const hear = (bytes: Buffer) => {
    said = (said + bytes.toString('utf8')).slice(-2000);
    step.hear(bytes);
  };
  await rm(startedMark(folder), { force: true });
  const ending = await runWords(request, { words: [program, ...words], environment, hear, project, stop });
  if (ending.exitCode === 0 || request.signal.aborted || existsSync(startedMark(folder))) return ending;
  // That is no failure of the job.
  const reason = said.split('\n').findLast((line) => line.trim() !== '') ?? `exit status ${ending.exitCode}`;
  throw cliError('CLI_CONTAINER_FAILED', { program, image, reason });
}

/** The script makes it first of all, in whatever it runs. */
function startedMark(folder: string): string {
  return join(folder, '.started');
}

/** The job's variables for a shell in an image; our own `slipway` is taken where the image has none. */
function insideImage(environment: Readonly<Record<string, string>>, folder: string): string {
  const own = Object.entries(environment).filter(([name]) => !OF_THE_IMAGE.has(name) && /^[A-Za-z_]\w*$/.test(name));
  const lines = own.map(([name, value]) => `export ${name}=${quoteForShell(value)}\n`);
  return `: > ${quoteForShell(startedMark(folder))}\n${lines.join('')}export PATH="$PATH":${quoteForShell(join(folder, 'bin'))}\n`;
}

interface StartedProgram {
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly project: string;
  readonly hear: (bytes: Buffer) => void;
  /** What ends it besides a signal. */
  readonly stop?: readonly string[];
}

async function runWords({ reproduction, signal }: RunRequest, started: StartedProgram): Promise<JobEnding> {
  const [program = '', ...words] = started.words;
  const timeUp = AbortSignal.timeout(reproduction.timeout * 1000);
  const child = spawn(program, words, {
    cwd: started.project,
    env: started.environment,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const end = () => {
    endGroup(child.pid);
    const [stopper, ...rest] = started.stop ?? [];
    if (stopper !== undefined) spawn(stopper, rest, { env: started.environment, stdio: 'ignore' }).unref();
  };
  for (const one of [signal, timeUp]) one.addEventListener('abort', end, { once: true });
  child.stdout.on('data', started.hear);
  child.stderr.on('data', started.hear);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    return { ...(code === null ? {} : { exitCode: code }), isTimedOut: timeUp.aborted };
  } finally {
    for (const one of [signal, timeUp]) one.removeEventListener('abort', end);
    // Nothing that the job left running outlives it.
    endGroup(child.pid, 'SIGKILL');
  }
}

function endGroup(pid: number | undefined, how: NodeJS.Signals = 'SIGTERM'): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, how);
    if (how === 'SIGTERM') setTimeout(() => endGroup(pid, 'SIGKILL'), GRACE_MS).unref();
  } catch {
    // It has ended already.
  }
}

function definedOnly(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((one): one is [string, string] => one[1] !== undefined));
}

async function made(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  return folder;
}
