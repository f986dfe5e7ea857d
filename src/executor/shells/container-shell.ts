import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemWait } from '../../kit/index.ts';
import { JOBSERVER, JobContainers, type ContainerJob } from '../containers/job-containers.ts';
import { JOBSERVER_VARIABLE } from '../jobserver/jobserver.ts';
import { STATE } from '../containers/container-words.ts';
import type { KeptContainer } from '../containers/kept-container.ts';
import { defaultLimits, LimitGuard } from '../limits/limit-guard.ts';
import { MARKER_VARIABLE } from '../processes/marked-processes.ts';
import { red } from '../section.ts';
import type { Environment, JobShell, Script } from './job-shell.ts';
import { scriptText } from './script-text.ts';
import { quoteForShell } from './shell.ts';
import { untilAborted } from './until-aborted.ts';

interface ContainerShellJob extends Omit<ContainerJob, 'folder' | 'wait'> {
  /** Folder for files of the shell; exists. */
  readonly parent: string;
  /** The job's own folder, whose size is limited. */
  readonly folder: string;
  /** Whether the line that shows a command is coloured. */
  readonly isColoured: boolean;
}

/** Variables that an image has of its own. */
const OF_THE_IMAGE = new Set(['PATH', 'HOME', 'TMPDIR', 'USER', 'LOGNAME', 'LANG', 'TZ']);
const ROOT = /^(?:|0|root)(?::(?:0|root))?$/;

interface Opened {
  readonly containers: JobContainers;
  readonly container: KeptContainer;
}

/** Runs the scripts of a job in one container of the image that it names, with its services. */
export class ContainerShell implements JobShell {
  readonly #job: ContainerShellJob;
  #folder: string | undefined;
  #opened: Opened | undefined;
  #readable: readonly string[] = [];
  #scripts = 0;
  #onOutput: Script['onOutput'] = () => undefined;

  constructor(job: ContainerShellJob) {
    this.#job = job;
  }

  /** Adds what the operator's side prepares for the job. A container that ran its hooks cannot show more: it ends. */
  async prepare({ print, signal }: Parameters<NonNullable<JobShell['prepare']>>[0]): Promise<Environment> {
    const { job, settings, project } = this.#job;
    if (settings.prepare === undefined) return {};
    const prepared = await untilAborted(settings.prepare({ job, project, print }), signal);
    if (prepared === undefined) return {};
    await this.close();
    this.#readable = prepared.readable;
    return prepared.variables;
  }

  async run(script: Script): Promise<number> {
    const { settings, marker, folder } = this.#job;
    const { environment, onOutput, signal, onUsage } = script;
    this.#onOutput = onOutput;
    const opened = this.#opened ?? (await this.#open(environment, signal));
    if (opened === undefined) return 143;
    this.#opened = opened;
    const { container, containers } = opened;
    const { limits = defaultLimits } = settings;
    this.#scripts += 1;
    const name = `${marker}-${this.#scripts}`;
    const { usage } = containers;
    const guarded = { name, limits, folder, group: () => container.group, wait: systemWait };
    const guard = new LimitGuard({ ...guarded, usage: () => usage?.sample() }, usage?.groups ?? {});
    const before = usage?.cpuSeconds ?? 0;
    const words = await this.#words(container.name, containers.shared, script);
    await this.#give(opened, containers.user);
    const { code, message } = await guard.run(() => container.exec(words, { onOutput, signal }));
    onUsage?.({ ...guard.usage, cpuSeconds: (usage?.cpuSeconds ?? 0) - before });
    await this.#takeBack(opened);
    if (message !== undefined) onOutput(Buffer.from(`\n${red(message)}\n`));
    return code;
  }

  async close(): Promise<void> {
    const [opened, folder] = [this.#opened, this.#folder];
    this.#opened = undefined;
    this.#folder = undefined;
    await opened?.containers.close();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }

  /** Undefined if the signal ended it. */
  async #open(environment: Environment, signal: AbortSignal): Promise<Opened | undefined> {
    const folder = (this.#folder ??= await mkdtemp(join(this.#job.parent, 'container-')));
    await mkdir(join(folder, 'shared'), { recursive: true, mode: 0o755 });
    const containers = new JobContainers({ ...this.#job, folder, wait: systemWait });
    const onOutput = (bytes: Buffer) => this.#onOutput(bytes);
    const print = (line: string) => onOutput(Buffer.from(`${line}\n`));
    try {
      const container = await containers.open({ environment, readable: this.#readable, onOutput, print, signal });
      return { containers, container };
    } catch (error) {
      await containers.close();
      if (signal.aborted) return undefined;
      throw error;
    }
  }

  /** Writes the script and returns the words that run it: in bash where the image has one. */
  async #words(container: string, shared: string, script: Script): Promise<readonly string[]> {
    const { project, isColoured, marker, settings } = this.#job;
    const { commands, isShown, environment } = script;
    const own = Object.entries(environment).filter(([name]) => !OF_THE_IMAGE.has(name));
    const { tokens } = this.#job;
    const text = scriptText('sh', {
      commands,
      isShown,
      isColoured,
      folder: project,
      environment: {
        ...Object.fromEntries(own),
        ...(tokens !== undefined && { [JOBSERVER_VARIABLE]: join(JOBSERVER, basename(tokens)) }),
        [MARKER_VARIABLE]: marker,
      },
    });
    const folders = [join(shared, 'bin'), ...(settings.path === undefined ? [] : [settings.path])].map(quoteForShell);
    const path = `export PATH="$PATH":${folders.join(':')}\n`;
    const file = join(shared, 'script.sh');
    const { openFiles } = settings.limits ?? defaultLimits;
    const files = `ulimit -Hn ${openFiles} 2>/dev/null || ulimit -n ${openFiles} 2>/dev/null || :\n`;
    await writeFile(file, `. ${STATE}/environment 2>/dev/null\n${files}${path}${text}`, { mode: 0o644 });
    const quoted = quoteForShell(file);
    const shell = `if command -v bash >/dev/null 2>&1; then exec bash ${quoted}; else exec sh ${quoted}; fi`;
    return ['--workdir', project, '--env', `${MARKER_VARIABLE}=${marker}`, container, 'sh', '-c', shell];
  }

  /** An image whose programs do not run as root may write the project all the same, and take tokens. */
  async #give({ containers, container }: Opened, user: string): Promise<void> {
    if (ROOT.test(user)) return;
    await this.#own(containers, [container.name, user]);
    const { tokens } = this.#job;
    if (tokens === undefined) return;
    // The folder of all slots is closed to other users of the machine.
    await chmod(dirname(tokens), 0o755);
    await chmod(tokens, 0o666);
  }

  /** What other users of the container have written is not this user's. */
  async #takeBack({ containers, container }: Opened): Promise<void> {
    const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
    const isOwner = containers.client.runtime.isRootless || uid === 0;
    if (isOwner && ROOT.test(containers.user)) return;
    await this.#own(containers, [container.name, isOwner ? '0:0' : `${uid}:${gid}`]);
  }

  async #own({ client }: JobContainers, [container, user]: readonly [string, string]): Promise<void> {
    await client.attempt(['exec', '--user=0', container, 'chown', '-hR', '--', user, this.#job.project]);
  }
}
