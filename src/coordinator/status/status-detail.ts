import type { StatusAnnotation, StatusDetail } from '../../forge/index.ts';
import { messageOf } from '../../kit/index.ts';
import { isFinal } from '../../pipeline/index.ts';
import type { ChangeReport, Failure, FailureReport } from '../../protocol/index.ts';
import { code, failureRemark, pipelineMarkdown } from '../../report/index.ts';
import type { CoordinatorContext, Stack } from '../context.ts';
import { isExternal } from '../identities/is-external.ts';
import type { StatusRecord } from './status-ledger.ts';
import { changeOfPipeline } from '../report/pipeline-change.ts';
import { failureOfPipeline } from '../report/pipeline-failure.ts';
import { CauseInFiles } from './cause-in-files.ts';

/** Remarks on lines; each fifty of them cost a request. */
const MOST_ANNOTATIONS = 200;

/**
 * Computes what a check shows besides the line of a status: why its pipeline failed and what the change does, remarks
 * on the lines that caused failures, and what a person may have done about it. What cannot be computed is left out, so
 * that it does not keep the status itself from being shown.
 */
export async function statusDetail(context: CoordinatorContext, status: StatusRecord): Promise<StatusDetail> {
  try {
    return await wholeDetail(context, status);
  } catch (error) {
    const { stack, sha, description } = status;
    context.log.error({ stack, sha, error: messageOf(error) }, 'the detail of a status could not be computed');
    return { summary: code(description), annotations: [], actions: [] };
  }
}

async function wholeDetail(context: CoordinatorContext, status: StatusRecord): Promise<StatusDetail> {
  const { pipeline, failure } = status;
  if (pipeline !== undefined) return pipelineDetail(context, status, pipeline);
  if (failure === undefined) {
    const { detail: text = status.description } = status;
    return { summary: code(text), annotations: [], actions: status.outcome === 'held' ? ['approve'] : [] };
  }
  const summary = pipelineMarkdown({ failure }, { baseUrl: context.baseUrl() });
  const annotations = await annotationsOf(context, status, failure.failures);
  return { summary, annotations, actions: isHead(context, status) ? ['retry'] : [] };
}

function isHead({ ledger }: CoordinatorContext, { stack, sha }: StatusRecord): boolean {
  return ledger.requests(stack).some(({ state, headSha }) => state === 'open' && headSha === sha);
}

async function pipelineDetail(
  context: CoordinatorContext,
  status: StatusRecord,
  pipeline: string,
): Promise<StatusDetail> {
  const failure = failureOfPipeline(context, pipeline);
  const change = await knownChange(context, pipeline);
  const page = `pipelines/${pipeline}`;
  const summary = pipelineMarkdown({ failure, change }, { baseUrl: context.baseUrl(), page });
  return {
    summary: summary === '' ? code(status.description) : summary,
    annotations: await annotationsOf(context, status, isFinal(failure.status) ? failure.failures : []),
    actions: actionsFor(context, failure),
  };
}

/** What is known of packages. A mirror that cannot be read must not keep a result from being shown. */
async function knownChange(context: CoordinatorContext, pipeline: string): Promise<ChangeReport | undefined> {
  try {
    const change = await changeOfPipeline(context, pipeline);
    return change.counts.total === 0 ? undefined : change;
  } catch (error) {
    context.log.warn({ pipeline, error: messageOf(error) }, 'the change of a pipeline could not be described');
    return undefined;
  }
}

function actionsFor(context: CoordinatorContext, { pipeline = '', status }: FailureReport): StatusDetail['actions'] {
  const record = context.pipelines.record(pipeline);
  if (record === undefined || isExternal(record)) return [];
  if (!isFinal(status)) return ['cancel'];
  const { stack, request } = record;
  const isOver = request !== undefined && context.ledger.request(stack, request)?.state !== 'open';
  return status === 'success' || isOver ? [] : ['retry'];
}

async function annotationsOf(
  context: CoordinatorContext,
  { stack, sha: head, pipeline = '' }: StatusRecord,
  failures: readonly Failure[],
): Promise<readonly StatusAnnotation[]> {
  const { forge } = context.stacks.get(stack) as Stack;
  const { sha = head } = context.pipelines.record(pipeline) ?? {};
  const causes = new CauseInFiles({ forge, sha, head });
  const found: StatusAnnotation[] = [];
  try {
    for (const failure of failures.slice(0, MOST_ANNOTATIONS)) {
      const place = await causes.find(failure);
      if (place !== undefined) found.push({ ...place, ...failureRemark(failure) });
    }
  } catch (error) {
    context.log.warn({ stack, sha, error: messageOf(error) }, 'the lines that caused failures could not be found');
  }
  return found;
}
