import type { ForgeEvent } from '../../forge/index.ts';
import type { SlipwayError } from '../../kit/index.ts';
import type { CoordinatorContext, Stack, StatusReporting } from '../context.ts';
import type { PipelineSubject } from '../../pipeline/index.ts';
import type { RequestRecord, StatusRecord } from '../ports.ts';
import { imageContext, recordStatus, statusContext } from '../status/status-report.ts';
import type { Hold } from './forks.ts';
import { refusalReport, refusalText, wholeText } from './refusal-text.ts';
import { policyAtCommit } from './stack-policy.ts';

/** Reports at the head's SHA that the request waits, and why. */
export function reportHeld(context: StatusReporting, request: RequestRecord, hold: Hold): void {
  const { stack, headSha: sha } = request;
  context.log.info({ stack, request: request.number, sha }, 'pull request held');
  report(context, { stack, sha, state: 'pending', outcome: 'held', part: `/requests/${request.number}`, ...hold });
}

/** Reports that the request cannot be merged, so that there is nothing to test. */
export function reportConflict(context: StatusReporting, request: RequestRecord, conflict: string): void {
  const { stack, headSha: sha } = request;
  const detail = conflictText(request, conflict);
  report(context, { stack, sha, state: 'error', description: detail, detail, part: `/requests/${request.number}` });
}

/** Describes which files keep a request from being merged, and what to do about it. */
export function conflictText({ baseBranch }: RequestRecord, conflict: string): string {
  return `Conflicts with ${baseBranch}: ${conflict} (merge ${baseBranch} into the branch, and push)`;
}

interface ExcludedCommit extends Pick<PipelineSubject, 'stack' | 'head' | 'base' | 'request'> {
  readonly description?: string;
}

/**
 * Reports that the rules of a commit exclude its pipeline, as GitLab creates none: as a success, so that a required
 * status does not block it, or not at all, as the base branch's policy has it. A policy that cannot be read counts as
 * none.
 */
export async function reportExcluded(
  context: StatusReporting,
  source: Stack,
  { stack, head: sha, base, request, description = 'No pipeline for this commit.' }: ExcludedCommit,
): Promise<void> {
  const { policy } = await policyAtCommit(source, base);
  context.log.info({ stack, sha, description }, 'the rules exclude this commit from having a pipeline');
  if (policy?.noPipeline === 'nothing') return;
  const part: Part = request === undefined ? '#branches' : `/requests/${request}`;
  report(context, { stack, sha, state: 'success', outcome: 'skipped', description, part });
}

/** Reports why the pipeline of a change could not be made; for a tag, in the status of its image. */
export function reportRefusal(
  context: StatusReporting,
  stack: string,
  { event, error }: { event: ForgeEvent; error: SlipwayError },
): void {
  if (event.type === 'pull-request-closed' || event.type === 'check-clicked') return;
  const isTag = event.type === 'tag-pushed';
  const isRequest = event.type === 'pull-request-updated';
  report(context, {
    stack,
    sha: isRequest ? event.pullRequest.headSha : event.sha,
    context: isTag ? imageContext : statusContext,
    state: 'error',
    description: refusalText(error),
    detail: wholeText(error),
    failure: isTag ? undefined : refusalReport(error),
    part: isRequest ? `/requests/${event.pullRequest.number}` : isTag ? '#images' : '#branches',
  });
}

/** Reports that the pipeline of a change waits for a quota, for the end of a block, or for the forge. */
export function reportWait(
  context: StatusReporting & Pick<CoordinatorContext, 'quotas'>,
  stack: string,
  { event, error }: { event: ForgeEvent; error: SlipwayError },
): void {
  if (event.type === 'pull-request-closed' || event.type === 'check-clicked') return;
  const isRequest = event.type === 'pull-request-updated';
  const detail = `Waits: ${wholeText(error)}`;
  const on = isRequest ? `pull request ${event.pullRequest.number}` : `commit ${event.sha}`;
  if (error.code !== 'PERMISSION_UNKNOWN') context.quotas.recordWait({ stack, on }, error.message);
  report(context, {
    stack,
    sha: isRequest ? event.pullRequest.headSha : event.sha,
    state: 'pending',
    description: `Waits: ${error.message}`,
    detail,
    part: isRequest ? `/requests/${event.pullRequest.number}` : '#branches',
  });
}

/** Where the page of a stack shows it: a part of it, or the page of a request. */
type Part = `/requests/${string}` | '#branches' | '#images';

/** Records a status that links to a page of the stack. */
function report(
  context: StatusReporting,
  { part, ...status }: Omit<StatusRecord, 'context' | 'at' | 'url'> & { context?: string; part: Part },
): void {
  recordStatus(context, { context: statusContext, ...status, page: `stacks/${status.stack}${part}` });
}
