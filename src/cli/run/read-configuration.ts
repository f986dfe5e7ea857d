import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readPipelineFiles } from '../../gitlab/index.ts';
import type { PipelinePlan, PipelineText } from '../../gitlab/index.ts';
import { readNamedFile, refuseErrors } from '../../kit/index.ts';
import type { Diagnostic } from '../../kit/index.ts';
import { builtInPipeline, builtInPipelineFile } from '../../pipeline/index.ts';
import { cliError } from '../errors.ts';
import type { ChildVariables } from './local-run.ts';
import type { TextVariables } from './predefined-variables.ts';
import { repositoryPorts } from './working-copy.ts';

const DEFAULT_FILE = '.gitlab-ci.yml';

/** The text of the pipeline that a person named, of `.gitlab-ci.yml`, or for a stack without one the built-in pipeline. */
export async function findConfiguration(folder: string, given: string | undefined): Promise<PipelineText> {
  const file = given ?? DEFAULT_FILE;
  if (given === undefined && !existsSync(join(folder, file))) {
    if (!existsSync(join(folder, 'spack.yaml'))) throw cliError('CLI_RUN_NOTHING', { folder, file });
    return { text: builtInPipeline, file: builtInPipelineFile };
  }
  return { text: await readNamedFile(file, folder), file };
}

export interface ConfigurationSetting extends ChildVariables {
  /** Variables as a project has them. */
  readonly secrets: TextVariables;
  readonly folder: string;
  readonly source: string;
  /** Hears of each warning. */
  readonly warn: (diagnostic: Diagnostic) => void;
}

/** Reads a configuration whole; throws with all its faults. Without a plan there is a reason why no job is left. */
export function readConfiguration(
  texts: readonly PipelineText[],
  setting: ConfigurationSetting,
): { readonly plan?: PipelinePlan; readonly reason: string } {
  const { folder, source, predefined, given, secrets, warn } = setting;
  const { plan, notCreated, diagnostics } = readPipelineFiles(texts, {
    variables: predefined,
    projectVariables: secrets,
    pipelineVariables: given,
    source,
    ...repositoryPorts(folder),
  });
  for (const warning of refuseErrors(diagnostics)) warn(warning);
  return { reason: notCreated ?? 'nothing is left to run', ...(plan === undefined ? {} : { plan }) };
}
