import { predefinedVariables, readPlan, type PipelineFacts, type PipelineSubject } from '../../pipeline/index.ts';
import { includeSource, type FetchedInclude, type ForeignInclude, type PlannedInclude } from '../../gitlab/index.ts';
import { ownComponent, type OwnRepositories, type ReadInclude } from '../../includes/index.ts';
import { onceSuccessful } from '../../kit/index.ts';
import type { Stack } from '../context.ts';
import { configurationAt } from './commit-plan.ts';
import { commitSources } from './commit-sources.ts';

interface IncludingPipeline {
  readonly stack: Stack;
  readonly subject: PipelineSubject;
  readonly pinned: readonly PlannedInclude[];
  /** Repositories of the server that the stack may read. */
  readonly repositories: OwnRepositories;
  facts(): Promise<PipelineFacts>;
}

/**
 * Returns what reads texts from outside of the repository for the pipeline of a commit; undefined where there are none.
 * The pipeline of a fork gets only what the base branch includes as well: otherwise its author would decide what the
 * server requests.
 */
export function commitIncludes(pipeline: IncludingPipeline): ReadInclude | undefined {
  const { stack, subject, pinned, repositories } = pipeline;
  if (stack.includes === undefined) return undefined;
  const isFork = subject.trust === 'untrusted';
  const read = isFork ? readAsBase(pipeline) : stack.includes(pinned, repositories);
  return async (include) => (await ownText(pipeline, include)) ?? read(include);
}

function readAsBase(pipeline: IncludingPipeline): ReadInclude {
  const { stack, pinned, repositories } = pipeline;
  const open = onceSuccessful(async () => {
    const known = await baseIncludes(pipeline);
    return { known, read: stack.includes?.([...pinned, ...known], repositories) as ReadInclude };
  });
  return async (include) => {
    const { known, read } = await open();
    if (known.some(({ kind, source }) => kind === include.kind && source === includeSource(include)))
      return read(include);
    return {
      reason: 'a fork may include only what its base branch includes',
      remedy: 'Let a member of the project add it to the base branch, or push the change to a branch of the project.',
    };
  };
}

/** Returns the texts that the configuration of the base includes under the conditions of this pipeline. */
async function baseIncludes(pipeline: IncludingPipeline): Promise<readonly PlannedInclude[]> {
  const { stack, subject, pinned, repositories, facts } = pipeline;
  const { forge, includes } = stack;
  const base = { ...subject, sha: subject.base };
  const { readFile, listFiles } = commitSources(forge, base);
  const files = { ...commitSources(forge, subject, includes?.(pinned, repositories)), readFile, listFiles };
  const known = await facts();
  const read = await readPlan(
    { files: () => files },
    {
      subject,
      facts: known,
      texts: [await configurationAt(stack, base)],
      predefined: predefinedVariables(known, subject),
      explicitVariables: {},
    },
  );
  return read.includes;
}

async function ownText(
  { stack, subject, facts }: IncludingPipeline,
  include: ForeignInclude,
): Promise<FetchedInclude | undefined> {
  if (include.kind !== 'component') return undefined;
  const { serverUrl, project } = await facts();
  const { readFile } = commitSources(stack.forge, subject);
  return ownComponent(include, { serverUrl, project: project.path, sha: subject.sha, readFile });
}
