import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { JobPlan } from '../../gitlab/index.ts';
import { messageOf, readDotenv } from '../../kit/index.ts';
import type { CoordinatorContext } from '../context.ts';
import { coordinatorError } from '../errors.ts';
import type { ArtifactRecord, PipelineRecord } from '../ports.ts';
import { artifactPath } from './artifact-files.ts';
import { inputRuns } from './job-inputs.ts';

/** Bytes that are unpacked of a report at most, far more than one may have. */
const MOST_BYTES = 1024 * 1024;

/**
 * The variables of an `artifacts:reports:dotenv` upload (gzip, one member a file). Throws for one that is too large or is not
 * `NAME=value` lines, so that the runner is told at once (https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsdotenv).
 */
export function dotenvVariables(bytes: Uint8Array): Readonly<Record<string, string>> {
  const { variables, fault } = readDotenv(inflate(bytes));
  if (fault !== undefined) throw coordinatorError('DOTENV_INVALID', { reason: fault });
  return variables;
}

/** What the jobs before it have reported, for a job of the pipeline or a trigger. */
export function reportedVariables(
  context: CoordinatorContext,
  record: PipelineRecord,
  plan: JobPlan,
): Readonly<Record<string, string>> {
  const reports = inputRuns(context, record, plan).flatMap(({ run }) =>
    context.pipelines.artifacts(run.id).filter(({ type }) => type === 'dotenv'),
  );
  return Object.assign({}, ...reports.map((report) => read(context, report))) as Record<string, string>;
}

function read(context: CoordinatorContext, report: ArtifactRecord): Readonly<Record<string, string>> {
  return dotenvVariables(readFileSync(artifactPath(context, report)));
}

function inflate(bytes: Uint8Array): string {
  try {
    return gunzipSync(bytes, { maxOutputLength: MOST_BYTES }).toString('utf8');
  } catch (error) {
    const reason = error instanceof RangeError ? `it is larger than ${MOST_BYTES} bytes` : messageOf(error);
    throw coordinatorError('DOTENV_INVALID', { reason }, { cause: error });
  }
}
