import { messageOf } from '../../kit/index.ts';
import type { PipelineRecord } from '../../pipeline/index.ts';
import type { RunStatus } from '../../protocol/index.ts';
import type { ReportedHead, RequestReport } from '../../report/index.ts';
import { pipelineOfHead } from '../changes/forks.ts';
import type { CoordinatorContext } from '../context.ts';
import { isExternal } from '../identities/is-external.ts';
import type { RequestRecord } from '../requests/request-ledger.ts';
import type { StatusRecord } from '../status/status-ledger.ts';
import { changeOfPipeline } from '../report/pipeline-change.ts';
import { failureOfPipeline } from '../report/pipeline-failure.ts';
import { statusContext } from '../status/status-report.ts';

/** What the comment on a request shows, as it stands now. */
export async function requestReport(context: CoordinatorContext, request: RequestRecord): Promise<RequestReport> {
  const { stack, number, state, headSha } = request;
  const pipeline = pipelineOfHead(context, request);
  const previous = state === 'open' ? pipelineBefore(context, request) : undefined;
  const change = pipeline && state === 'open' ? await changeOf(context, pipeline) : undefined;
  return {
    stack,
    state,
    head: { ...headOf(context, { stack, sha: headSha, pipeline }), change },
    previous: previous && headOf(context, { stack, sha: previous.head, pipeline: previous }),
    merged: mergedOf(context, request),
    commands: context.ledger.commands(stack, number),
  };
}

const NOT_BEGUN: ReadonlySet<RunStatus> = new Set([
  'created',
  'waiting_for_resource',
  'preparing',
  'pending',
  'scheduled',
]);

/**
 * Changes when something has happened that people wait for: a pipeline runs, knows what it builds, or has ended; a
 * command was answered. What else changes is progress.
 */
export function occasionOf(context: CoordinatorContext, request: RequestRecord): string {
  const { stack, number, state, headSha, mergeSha } = request;
  const pipeline = pipelineOfHead(context, request);
  const stateOf = ({ context: name, state: of }: StatusRecord) => `${name} ${of}`;
  const answered = context.ledger.commands(stack, number).filter((command) => command.state !== 'pending').length;
  const statuses = [headSha, mergeSha].flatMap((sha) =>
    sha === undefined ? [] : context.ledger.statusesOf(stack, sha),
  );
  const begun = pipeline && (NOT_BEGUN.has(pipeline.status) ? '' : pipeline.status);
  const locks = pipeline && context.pipelines.locks(pipeline.id).length;
  return JSON.stringify([state, headSha, pipeline?.id, begun, locks, statuses.map(stateOf), answered]);
}

interface Head {
  readonly stack: string;
  readonly sha: string;
  readonly pipeline: PipelineRecord | undefined;
}

function headOf(context: CoordinatorContext, { stack, sha, pipeline }: Head): ReportedHead {
  const status = context.ledger.statusesOf(stack, sha).find((one) => one.context === statusContext);
  const failure = pipeline === undefined ? status?.failure : failureOfPipeline(context, pipeline.id);
  return {
    sha,
    url: context.stacks.get(stack)?.forge.links?.commit(sha),
    pipeline,
    status: status && reportedStatus(status),
    failure,
  };
}

/** A held head's own words are in the comment, with the command for it. */
function reportedStatus({ state, outcome, description, detail, url }: StatusRecord): ReportedHead['status'] {
  const isHeld = outcome === 'held';
  return { state, isHeld, text: (isHeld ? undefined : detail) ?? description, url };
}

/** The newest pipeline of a head that is not the present one any more. */
function pipelineBefore(
  { pipelines }: CoordinatorContext,
  { stack, number, headSha }: RequestRecord,
): PipelineRecord | undefined {
  return pipelines
    .list({ stack, request: number })
    .find((one) => one.head !== headSha && one.parent === undefined && !isExternal(one));
}

/** Undefined without packages; where a mirror does not answer too, until something else changes. */
async function changeOf(context: CoordinatorContext, { id }: PipelineRecord): Promise<ReportedHead['change']> {
  try {
    const change = await changeOfPipeline(context, id);
    return change.counts.total === 0 ? undefined : change;
  } catch (error) {
    context.log.warn({ pipeline: id, error: messageOf(error) }, 'the change cannot be shown in the comment');
    return undefined;
  }
}

function mergedOf(
  { ledger, stacks }: CoordinatorContext,
  { stack, mergeSha: sha }: RequestRecord,
): RequestReport['merged'] {
  if (sha === undefined) return undefined;
  const statuses = ledger
    .statusesOf(stack, sha)
    .map(({ context, state, description, detail, url }) => ({ context, state, text: detail ?? description, url }));
  return { sha, url: stacks.get(stack)?.forge.links?.commit(sha), statuses };
}
