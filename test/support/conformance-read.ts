import {
  readPipeline,
  type JobPlan,
  type PipelineContext,
  type ReadPipeline,
  type Variables,
} from '../../src/gitlab/index.ts';
import type { ConformanceCase } from './conformance-case.ts';

const push = {
  CI: 'true',
  CI_COMMIT_BRANCH: 'main',
  CI_COMMIT_REF_NAME: 'main',
  CI_COMMIT_REF_SLUG: 'main',
  CI_DEFAULT_BRANCH: 'main',
  CI_PROJECT_PATH: 'group/project',
};

/** Reads a case's pipeline as a push to `main`, but for what its context says. */
export function readCase({ pipeline, context }: ConformanceCase): ReadPipeline {
  const { source, files, changed, elsewhere, inputs, projectVariables, pipelineVariables } = context;
  const variables = Object.entries({ ...push, ...context.variables }).filter(
    (entry): entry is [string, string] => entry[1] !== null,
  );
  const fetchInclude: PipelineContext['fetchInclude'] = (include) => {
    const text = elsewhere?.[Object.values(include).join(' ')];
    return text === undefined ? undefined : { text };
  };
  const ports: Partial<PipelineContext> = {
    readFile: (path) => files[path],
    listFiles: () => Object.keys(files),
    changedPaths: (compareTo) => changed[compareTo ?? 'before'],
    ...(elsewhere === undefined ? {} : { fetchInclude }),
    ...(inputs === undefined ? {} : { inputs }),
  };
  return readPipeline(pipeline, '.gitlab-ci.yml', {
    variables: Object.fromEntries(variables),
    source,
    projectVariables,
    pipelineVariables,
    ...ports,
  });
}

/**
 * A plan's job as cases write it: a variable as its text (`{raw: …}` if it is not expanded), a plain need as a name.
 */
export function writtenJob(job: JobPlan): Record<string, unknown> {
  const needs = job.needs?.map((need) =>
    need.artifacts && !need.optional && need.pipeline === undefined ? need.job : need,
  );
  return { ...job, variables: writtenVariables(job.variables), ...(needs === undefined ? {} : { needs }) };
}

export function writtenVariables(variables: Variables): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(variables).map(([name, { value, raw }]) => [name, raw ? { raw: value } : value]),
  );
}

export function writtenDiagnostics({ diagnostics }: ReadPipeline): readonly string[] {
  return diagnostics.map(({ code, file, line, column }) => {
    const elsewhere = file === '.gitlab-ci.yml' ? '' : `${file} `;
    return `${elsewhere}${code.replace(/^GITLAB_/, '')} ${line}:${column}`;
  });
}
