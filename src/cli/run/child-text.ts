import { readFile } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import { expandVariables } from '../../gitlab/index.ts';
import type { PipelineText, TriggerInclude, Variables } from '../../gitlab/index.ts';
import type { LocalRunner } from '../../executor/index.ts';
import { cliError } from '../errors.ts';
import type { LocalPipeline } from './local-pipeline.ts';

export interface ChildSource {
  readonly pipeline: LocalPipeline;
  readonly job: string;
  readonly variables: Variables;
  readonly runner: Pick<LocalRunner, 'filesOf'>;
  readonly workingCopy: string;
}

/** Reads what a trigger job includes: a file of the working copy, or one that a job of its pipeline has left. */
export async function childText(include: TriggerInclude, source: ChildSource): Promise<PipelineText> {
  const { pipeline, job, runner, workingCopy, variables } = source;
  const expand = (text: string) => expandVariables(text, (name) => variables[name]?.value);
  const inputs = include.inputs === undefined ? {} : { inputs: include.inputs };
  if ('local' in include) {
    const file = expand(include.local).replace(/^\/+/, '');
    return { ...inputs, file, text: await readInside(workingCopy, file, { job, from: 'the working copy' }) };
  }
  if (!('artifact' in include)) throw cliError('CLI_CHILD_FOREIGN', { job });
  const [file, from] = [expand(include.artifact), expand(include.job)];
  const attempt = pipeline.archives.get(from);
  const folder = attempt === undefined ? undefined : runner.filesOf(Number(attempt))?.folder;
  if (folder === undefined) throw cliError('CLI_CHILD_MISSING', { job, file, from: `the artifacts of \`${from}\`` });
  return { ...inputs, file, text: await readInside(folder, file, { job, from: `the artifacts of \`${from}\`` }) };
}

async function readInside(folder: string, file: string, { job, from }: { job: string; from: string }): Promise<string> {
  const path = normalize(file);
  if (path.startsWith('..')) throw cliError('CLI_CHILD_MISSING', { job, file, from });
  return await readFile(join(folder, path), 'utf8').catch((error: unknown) => {
    throw cliError('CLI_CHILD_MISSING', { job, file, from }, { cause: error });
  });
}
