import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export interface FleetRunnerOptions {
  /** The program. */
  readonly program: string;
  /** Where it keeps its configuration and its builds. */
  readonly folder: string;
  /** Folder with the command `slipway`, for its jobs. */
  readonly bin: string;
}

/**
 * An unmodified `gitlab-runner` with a configuration and a HOME of its own, as an operator has it on another machine.
 */
export class FleetRunner {
  readonly config: string;
  readonly #options: FleetRunnerOptions;
  #running: ChildProcess | undefined;
  #log = '';

  constructor(options: FleetRunnerOptions) {
    this.#options = options;
    this.config = join(options.folder, 'config.toml');
  }

  /** What it has said so far while it ran. */
  get log(): string {
    return this.#log;
  }

  /** `gitlab-runner register`, for the shell executor. Gives what it said. */
  async register(url: string, ...words: string[]): Promise<string> {
    const { folder, bin } = this.#options;
    await mkdir(join(folder, 'builds'), { recursive: true });
    const path = `PATH=${bin}:${process.env.PATH ?? ''}`;
    const fixed = ['--non-interactive', '--url', url, '--executor', 'shell', '--shell', 'bash', '--env', path];
    return this.command('register', ...fixed, '--builds-dir', join(folder, 'builds'), ...words);
  }

  /** `gitlab-runner run-single`: takes jobs one after the other until so many have been done. Gives what it said. */
  async runSingle(url: string, token: string, { builds }: { builds: number }): Promise<string> {
    const { folder, bin, program } = this.#options;
    const path = `PATH=${bin}:${process.env.PATH ?? ''}`;
    const executor = ['--executor', 'shell', '--shell', 'bash', '--builds-dir', join(folder, 'builds'), '--env', path];
    const words = ['run-single', '--url', url, '--token', token, ...executor, '--max-builds', String(builds)];
    await mkdir(folder, { recursive: true });
    const { stdout, stderr } = await execute(program, words, { cwd: folder, env: this.#env() });
    return stdout + stderr;
  }

  /** Runs one of its commands on its configuration. Gives what it said. */
  async command(name: string, ...words: string[]): Promise<string> {
    const given = [name, '--config', this.config, ...words];
    const { stdout, stderr } = await execute(this.#options.program, given, { env: this.#env() });
    return stdout + stderr;
  }

  /** The token that stands in its configuration. */
  async token(): Promise<string> {
    return /^ {2}token = "(.+)"$/m.exec(await readFile(this.config, 'utf8'))?.[1] ?? '';
  }

  /** Takes jobs until `stop`. */
  async start(): Promise<void> {
    const text = await readFile(this.config, 'utf8');
    await writeFile(
      this.config,
      text.replace(/^concurrent = .*$/m, 'concurrent = 2').replace(/^check_interval = .*$/m, 'check_interval = 1'),
    );
    const words = ['run', '--config', this.config, '--working-directory', this.#options.folder];
    const child = spawn(this.#options.program, words, { env: this.#env(), stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.on('data', (bytes: Buffer) => (this.#log += bytes.toString()));
    this.#running = child;
  }

  /** SIGQUIT lets jobs end first; SIGKILL is a machine that has gone. */
  async stop(signal: NodeJS.Signals = 'SIGQUIT'): Promise<void> {
    const child = this.#running;
    this.#running = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  #env(): NodeJS.ProcessEnv {
    return { PATH: process.env.PATH, HOME: this.#options.folder, LC_ALL: 'C' };
  }
}
