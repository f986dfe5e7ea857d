import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import type { ReadInclude } from '../includes/index.ts';
import { signJwt } from '../kit/index.ts';
import type { JobRun, PipelineFacts, Sources, TextVariables, VariableValue } from '../pipeline/index.ts';
import type { LocalRunner } from '../executor/index.ts';
import { workingCopyFiles } from './working-copy.ts';

interface LocalSourcesOptions {
  readonly runner: Pick<LocalRunner, 'filesOf'>;
  readonly workingCopy: string;
  readonly facts: PipelineFacts;
  readonly fetchInclude: ReadInclude;
}

/** Supplies the pipelines of a run from the working copy and from what jobs left in this run. */
export class LocalSources implements Sources {
  readonly #options: LocalSourcesOptions;
  readonly #dotenv = new Map<string, TextVariables>();
  #key: KeyObject | undefined;

  constructor(options: LocalSourcesOptions) {
    this.#options = options;
  }

  async facts(): Promise<PipelineFacts> {
    return this.#options.facts;
  }

  files(): ReturnType<Sources['files']> {
    const { workingCopy, fetchInclude } = this.#options;
    return { ...workingCopyFiles(workingCopy), fetchInclude };
  }

  async keep(): Promise<void> {}

  async readArchived(run: JobRun, path: string): Promise<string | undefined> {
    const folder = this.#options.runner.filesOf(Number(run.id))?.folder;
    const file = normalize(path);
    if (folder === undefined || file.startsWith('..')) return undefined;
    return await readFile(join(folder, file), 'utf8').catch(() => undefined);
  }

  keepDotenv(run: JobRun, variables: TextVariables): void {
    if (Object.keys(variables).length > 0) this.#dotenv.set(run.id, variables);
  }

  async dotenv(run: JobRun): Promise<TextVariables> {
    return this.#dotenv.get(run.id) ?? {};
  }

  async jobVariables(): Promise<Readonly<Record<string, VariableValue>>> {
    return {};
  }

  /**
   * Signs with a key of this run only: a job can read the claims of its tokens, and services that check the signature
   * refuse them. The key is generated when it is first needed, which takes a moment.
   */
  async signToken(claims: Readonly<Record<string, unknown>>): Promise<string> {
    this.#key ??= generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    return signJwt(claims, this.#key);
  }
}
