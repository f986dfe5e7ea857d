import type { CoordinatorContext, PipelineRecords, Stack } from '../context.ts';
import { coordinatorError } from '../errors.ts';
import type { PipelineRecord } from '../../pipeline/index.ts';
import type { RequestRecord } from '../ports.ts';
import { policyAtCommit } from './stack-policy.ts';
import { trustOfRequest } from './trust.ts';

/** Why a request waits for a person. */
export interface Hold {
  /** As the commit's status. */
  readonly description: string;
  /** The whole of it, where that does not fit into a status. */
  readonly detail?: string;
}

const LONGEST = 140;

/**
 * Why the pipeline of a request must wait for a person; undefined if it may run. The team's requests run unless they
 * are drafts. An outsider's runs where the base branch's own `slipway.yaml` says `forks: run`, or where somebody
 * approved this very head, and in either case only where a runner takes the jobs of outsiders. Nothing of the request's
 * tree is read.
 */
export async function holdReason(
  context: Pick<CoordinatorContext, 'takesUntrusted'>,
  stack: Pick<Stack, 'configuration' | 'forge'>,
  request: RequestRecord,
): Promise<Hold | undefined> {
  const isFork = trustOfRequest(request) === 'untrusted';
  if (isFork && !context.takesUntrusted)
    return { description: 'Held: no runner here has a sandbox for a fork’s code; see `slipway doctor`' };
  if (request.approvedSha === request.headSha || !(isFork || request.draft === true)) return undefined;
  // An invalid policy allows nothing.
  const { policy } = await policyAtCommit(stack, request.baseSha);
  if (isFork && policy?.forks !== 'run') return held('Held, from a fork.', request);
  if (request.draft === true && policy?.drafts !== 'run') return held('Draft: runs once marked ready.', request);
  return undefined;
}

/** The command is given whole or not at all: the end of it is the commit. */
function held(why: string, { stack, number, headSha }: RequestRecord): Hold {
  const detail = `${why} Run it: slipway approve --stack ${stack} --request ${number} --sha ${headSha}`;
  if (detail.length <= LONGEST) return { description: detail };
  return { description: `${why} The link has the command that runs it.`, detail };
}

/**
 * Stores that somebody who may has read this head and lets it run. It holds for this SHA alone: a push after the
 * reading is held again. Throws where there is no such open request, or its head is another by now.
 */
export function approveHead(
  context: Pick<CoordinatorContext, 'ledger' | 'log'>,
  stack: string,
  { request, sha }: { request: string; sha: string },
): RequestRecord {
  const known = context.ledger.request(stack, request);
  if (known?.state !== 'open') throw coordinatorError('REQUEST_UNKNOWN', { stack, request });
  const { headSha } = known;
  if (headSha !== sha) throw coordinatorError('REQUEST_MOVED', { request, sha, head: headSha });
  const approved = { ...known, approvedSha: headSha };
  context.ledger.saveRequest(approved);
  context.log.info({ stack, request, sha }, 'pull request approved');
  return approved;
}

/** The newest pipeline of a request's present head, whatever became of it. */
export function pipelineOfHead(context: PipelineRecords, request: RequestRecord): PipelineRecord | undefined {
  const { stack, number, headSha } = request;
  const all = context.pipelines.list({ stack, request: number });
  return all.find(({ head, parent }) => head === headSha && parent === undefined);
}
