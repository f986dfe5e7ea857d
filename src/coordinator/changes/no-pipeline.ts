import type { ForgeEvent, MergeGroup } from '../../forge/index.ts';
import type { SlipwayError } from '../../kit/index.ts';
import type { CoordinatorContext, Stack, StatusReporting } from '../context.ts';
import type { PipelineSubject } from '../../pipeline/index.ts';
import type { RequestRecord } from '../requests/request-ledger.ts';
import type { StatusRecord } from '../status/status-ledger.ts';
import { imageContext, recordStatus, statusContext } from '../status/status-report.ts';
import type { Hold } from './forks.ts';
import { refusalReport, refusalText, wholeText } from './refusal-text.ts';
import { policyAtCommit } from './stack-policy.ts';

/** Reports at the head's SHA that the request waits, and why. */
export function reportHeld(context: StatusReporting, request: RequestRecord, hold: Hold): void {
  const { stack, headSha: sha } = request;
  context.log.info({ stack, request: request.number, sha }, 'pull request held');
  report(context, { stack, sha, state: 'pending', part: `/requests/${request.number}`, ...hold });
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

/** Reports that nothing here may run the commit of a merge queue: an error, since the queue waits for a result. */
export function reportUnqueued(context: StatusReporting, stack: string, { sha, number }: MergeGroup): void {
  const description = 'Not run: no runner here has a sandbox for a fork’s code; see `slipway doctor`';
  report(context, { stack, sha, state: 'error', description, part: `/requests/${number}` });
}

/** Reports why the pipeline of a change could not be made; for a tag, in the status of its image. */
export function reportRefusal(
  context: StatusReporting,
  stack: string,
  { event, error }: { event: ForgeEvent; error: SlipwayError },
): void {
  const shown = shownAt(event);
  if (shown === undefined) return;
  report(context, {
    ...shown,
    stack,
    context: event.type === 'tag-pushed' ? imageContext : statusContext,
    state: 'error',
    description: refusalText(error),
    detail: wholeText(error),
    failure: event.type === 'tag-pushed' ? undefined : refusalReport(error),
  });
}

/** Reports that the pipeline of a change waits for a quota, for the end of a block, or for the forge. */
export function reportWait(
  context: StatusReporting & Pick<CoordinatorContext, 'quotas'>,
  stack: string,
  { event, error }: { event: ForgeEvent; error: SlipwayError },
): void {
  const shown = shownAt(event);
  if (shown === undefined) return;
  const detail = `Waits: ${wholeText(error)}`;
  const on = event.type === 'pull-request-updated' ? `pull request ${event.pullRequest.number}` : `commit ${shown.sha}`;
  if (error.code !== 'PERMISSION_UNKNOWN') context.quotas.recordWait({ stack, on }, error.message);
  report(context, { ...shown, stack, state: 'pending', description: `Waits: ${error.message}`, detail });
}

/** Returns the commit that shows what becomes of an event, and the part of the stack's page that does. */
function shownAt(event: ForgeEvent): { readonly sha: string; readonly part: Part } | undefined {
  switch (event.type) {
    case 'branch-pushed':
      return { sha: event.sha, part: '#branches' };
    case 'tag-pushed':
      return { sha: event.sha, part: '#images' };
    case 'pull-request-updated':
      return { sha: event.pullRequest.headSha, part: `/requests/${event.pullRequest.number}` };
    case 'merge-queued':
      return { sha: event.group.sha, part: `/requests/${event.group.number}` };
    case 'pull-request-closed':
    case 'merge-dequeued':
    case 'check-clicked':
      return undefined;
  }
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
