import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { programEntry } from '../../src/kit/package-root.ts';

export interface StagesOptions {
  /** Of gitlab-runner on its host. */
  readonly folder: string;
  /** The settings of `slipway slurm`. */
  readonly config: string;
  readonly slurmConf: string;
}

interface StageResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What the stage left as the exit status of the job. */
  readonly exitCode: string | undefined;
}

/** Calls the stages of `slipway slurm` for one job as gitlab-runner does, each in a process of its own. */
export class CustomStages {
  readonly #options: StagesOptions;
  readonly #folder: string;
  readonly #variables: Readonly<Record<string, string>>;

  private constructor(options: StagesOptions, job: { id: number; variables: Readonly<Record<string, string>> }) {
    this.#options = options;
    this.#folder = join(options.folder, `custom-executor-${job.id}`);
    this.#variables = job.variables;
  }

  static async create(
    options: StagesOptions,
    job: { readonly id: number; readonly variables?: Readonly<Record<string, string>> },
  ): Promise<CustomStages> {
    const stages = new CustomStages(options, { variables: {}, ...job });
    await mkdir(stages.#folder, { recursive: true });
    const response = { id: job.id, token: `glcbt-${job.id}`, runner_info: { timeout: 600 } };
    await writeFile(join(stages.#folder, 'response.json'), JSON.stringify(response));
    return stages;
  }

  /** Runs a stage to its end, or to SIGTERM when it has written a text, as gitlab-runner does for a canceled job. */
  async call(words: readonly string[], until?: string): Promise<StageResult> {
    const [name = '', ...rest] = words;
    const line = [programEntry(), 'slurm', name, '--config', this.#options.config, ...rest];
    const child = spawn(process.execPath, line, {
      env: this.#env(),
      cwd: this.#folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let seen = '';
    if (until !== undefined)
      child.stdout.on('data', (bytes: Buffer) => {
        seen += bytes.toString();
        if (seen.includes(until)) child.kill('SIGTERM');
      });
    const closed = once(child, 'close') as Promise<[number | null]>;
    const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
    const exitCode = await readFile(join(this.#folder, 'exit-code'), 'utf8').catch(() => undefined);
    return { status, stdout, stderr, exitCode: exitCode?.trim() };
  }

  /** Runs a script in a stage. */
  async run(
    script: string,
    { stage = 'build_script', until = undefined as string | undefined } = {},
  ): Promise<StageResult> {
    const file = join(this.#folder, 'script');
    await writeFile(file, `#!/usr/bin/env bash\nset -eo pipefail\n${script}\n`, { mode: 0o700 });
    return this.call(['run', file, stage], until);
  }

  #env(): NodeJS.ProcessEnv {
    const custom = Object.entries(this.#variables).map(([name, value]) => [`CUSTOM_ENV_${name}`, value]);
    return {
      PATH: process.env.PATH,
      HOME: this.#options.folder,
      SLURM_CONF: this.#options.slurmConf,
      JOB_RESPONSE_FILE: join(this.#folder, 'response.json'),
      BUILD_EXIT_CODE_FILE: join(this.#folder, 'exit-code'),
      BUILD_FAILURE_EXIT_CODE: '1',
      SYSTEM_FAILURE_EXIT_CODE: '2',
      ...Object.fromEntries(custom),
    };
  }
}
