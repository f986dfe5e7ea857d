import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runnerError } from '../errors.ts';
import { MARKER_VARIABLE } from '../processes/marked-processes.ts';
import type { Environment, JobShell, Script } from './job-shell.ts';
import type { ShellJob } from './kept-shell.ts';
import { scriptText } from './script-text.ts';
import { quoteForShell } from './shell.ts';

/** The container in which a job runs. */
export interface JobContainer {
  readonly program: 'podman' | 'docker';
  readonly image: string;
  readonly entrypoint?: readonly string[];
  /** Visible inside at the same path; holds the project and the scripts. */
  readonly folder: string;
  /** Visible inside at the same paths, and not writable. */
  readonly readOnly: readonly string[];
  /** Folder of programs that are used where the image has none of that name. */
  readonly path: string;
  /** Whether it must reach servers of this machine by their loopback address. */
  readonly isOnHost: boolean;
}

/** Variables that an image has of its own. */
const OF_THE_IMAGE = new Set(['PATH', 'HOME', 'TMPDIR', 'USER', 'LOGNAME', 'LANG', 'TZ']);
const LONGEST_REASON = 2000;

/** Runs each script in a new container, by podman or docker. */
export class ContainerShell implements JobShell {
  readonly #job: ShellJob;
  readonly #container: JobContainer;

  constructor(job: ShellJob, container: JobContainer) {
    this.#job = job;
    this.#container = container;
  }

  async run({ commands, isShown, environment, onOutput, signal }: Script): Promise<number> {
    const { slot, project, marker, isColoured } = this.#job;
    const { program, image, folder } = this.#container;
    const name = `slipway-job-${randomBytes(8).toString('hex')}`;
    const [script, started] = [join(folder, 'script.sh'), join(folder, '.started')];
    const text = scriptText('sh', { commands, isShown, isColoured, folder: project, environment: {} });
    await rm(started, { force: true });
    await writeFile(script, this.#header(environment, started) + text);
    const words = containerWords({ ...this.#container, name, project, script });
    // What the program itself leaves running is not the job's.
    slot.script.write(`unset ${MARKER_VARIABLE}\nexec ${[program, ...words].map(quoteForShell).join(' ')}\n`);
    let tail = '';
    const listen = (bytes: Buffer) => {
      tail = (tail + bytes.toString('utf8')).slice(-LONGEST_REASON);
      onOutput(bytes);
    };
    const code = await slot.run({ marker, onOutput: listen, signal });
    if (signal.aborted) await slot.step([program, 'rm', '--force', name]);
    if (code === 0 || signal.aborted || existsSync(started)) return code;
    const reason = tail.split('\n').findLast((line) => line.trim() !== '') ?? `exit status ${code}`;
    throw runnerError('RUNNER_CONTAINER_FAILED', { program, image, reason });
  }

  /** The first lines of a script: they mark that it has started, and set the job's variables. */
  #header(environment: Environment, started: string): string {
    const own = Object.entries(environment).filter(([name]) => !OF_THE_IMAGE.has(name) && /^[A-Za-z_]\w*$/.test(name));
    const lines = own.map(([name, value]) => `export ${name}=${quoteForShell(value)}\n`);
    const path = `export PATH="$PATH":${quoteForShell(this.#container.path)}\n`;
    return `: > ${quoteForShell(started)}\n${lines.join('')}${path}`;
  }
}

type ContainerRun = Omit<JobContainer, 'path'> & {
  readonly name: string;
  readonly project: string;
  readonly script: string;
};

/**
 * Returns the words that run a script in an image as GitLab's runner does: by its entry point, in bash where it has
 * one.
 */
export function containerWords(run: ContainerRun): readonly string[] {
  const [first, ...rest] = run.entrypoint ?? [];
  const shell = `if command -v bash >/dev/null 2>&1; then exec bash '${run.script}'; else exec sh '${run.script}'; fi`;
  return [
    'run',
    '--rm',
    '--name',
    run.name,
    '--workdir',
    run.project,
    '--volume',
    `${run.folder}:${run.folder}`,
    ...run.readOnly.flatMap((path) => ['--volume', `${path}:${path}:ro`]),
    ...(run.isOnHost ? ['--network', 'host'] : []),
    ...(first === undefined ? [] : ['--entrypoint', first]),
    run.image,
    ...rest,
    'sh',
    '-c',
    shell,
  ];
}
