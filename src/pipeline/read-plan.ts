import { loadPipeline, type PipelineText, type PlannedInclude, type ReadPipeline } from '../gitlab/index.ts';
import type { PipelineSubject } from './pipeline-record.ts';
import type { PipelineFacts, Sources, TextVariables } from './ports.ts';
import { pipelineSource } from './predefined-variables.ts';

interface PlanSource {
  readonly subject: PipelineSubject;
  readonly facts: PipelineFacts;
  readonly texts: readonly PipelineText[];
  /** Predefined variables, as rules see them. */
  readonly predefined: TextVariables;
  /** Variables that are given to this very pipeline; they take precedence over all but secrets. */
  readonly explicitVariables: TextVariables;
  /** Texts from outside of the repository that were read for this pipeline's family before. */
  readonly pinned?: readonly PlannedInclude[];
  /** Those of `texts` that are from outside of the repository. */
  readonly fetched?: readonly PlannedInclude[];
}

/** Reads the configuration of a pipeline into its plan. The commit and the facts are all that it may look at. */
export async function readPlan(
  sources: Pick<Sources, 'files'>,
  { subject, facts, texts, predefined, explicitVariables, pinned, fetched = [] }: PlanSource,
): Promise<ReadPipeline> {
  const context = {
    variables: predefined,
    projectVariables: facts.projectVariables,
    pipelineVariables: explicitVariables,
    source: pipelineSource(subject),
    limits: facts.limits,
  };
  const { plan, ...rest } = await loadPipeline(texts, context, sources.files(subject, pinned));
  const all = [...fetched, ...rest.includes];
  const includes = all.length === 0 ? {} : { includes: all };
  return plan === undefined
    ? rest
    : { ...rest, plan: { ...plan, explicitVariables: Object.keys(explicitVariables), ...includes } };
}
