import { currentTime, type CoordinatorContext, type ForgeWork, type PipelineRecords, type Stack } from '../context.ts';
import { coordinatorError } from '../errors.ts';
import type { PipelineRecord } from '../../pipeline/index.ts';
import { isExternal } from '../identities/is-external.ts';
import type { RequestRecord } from '../requests/request-ledger.ts';
import { basePolicy } from '../requests/base-policy.ts';
import { firstRule, skippedText } from '../requests/request-rule.ts';
import { requestFacts } from '../requests/rule-facts.ts';
import { stackPolicyFile } from './stack-policy.ts';
import { trustOfRequest } from './trust.ts';

/** Why a request has no pipeline (yet). */
export interface Hold {
  /** As the commit's status. */
  readonly description: string;
  /** The whole of it, where that does not fit into a status. */
  readonly detail?: string;
  /** A person can let it run. */
  readonly outcome?: 'held';
  /** It waits for no one: a rule leaves its pipeline out. */
  readonly isSkipped?: true;
}

/** Why a fork's request is held where no runner takes it. */
export const noForkRunner = 'Held: no runner here has a sandbox for a fork’s code; see `slipway doctor`';

/**
 * Why the pipeline of a request must wait for a person, or is left out; undefined if it may run. The rules of the base
 * branch's own `slipway.yaml` decide, the first that matches; without one, the team's requests run unless they are
 * drafts, and an outsider's runs with `forks: run`. A head that a person approved runs whatever the rules say. Jobs of
 * outsiders run only where a runner takes them. Nothing of the request's tree is read. Throws PERMISSION_UNKNOWN where
 * a rule depends on what the forge does not report.
 */
export async function holdReason(
  context: Pick<CoordinatorContext, 'takesUntrusted' | 'ledger'>,
  stack: Pick<Stack, 'configuration' | 'forge'>,
  request: RequestRecord,
): Promise<Hold | undefined> {
  const isFork = trustOfRequest(request) === 'untrusted';
  if (isFork && !context.takesUntrusted(stack.configuration.name)) return { description: noForkRunner };
  if (request.approval?.sha === request.headSha) return undefined;
  const policy = await basePolicy(context, stack, request);
  const rule = policy && (await firstRule(policy.requests.rules, requestFacts(stack, request, policy)));
  if (rule?.effect === 'run') return undefined;
  if (rule?.effect === 'hold') return held(`Held by rule ${rule.number} of ${stackPolicyFile}.`, request);
  if (rule?.effect === 'skip') return { description: skippedText(rule.number), isSkipped: true };
  // An invalid policy allows nothing.
  if (isFork && policy?.forks !== 'run') return held('Held, from a fork.', request);
  if (request.draft === true && policy?.drafts !== 'run') return held('Draft: runs once marked ready.', request);
  return undefined;
}

function held(why: string, { stack, number, headSha }: RequestRecord): Hold {
  return {
    outcome: 'held',
    description: `${why} A maintainer can review and approve it: follow the link.`,
    detail: `${why} Review what would run, then approve it: slipway approve --stack ${stack} --request ${number} --sha ${headSha}`,
  };
}

/**
 * Stores who approved this head. The approval is bound to the SHA: a later push is held again. Throws if there is
 * no such open request, or its head is another by now.
 */
export function approveHead(
  context: ForgeWork,
  stack: string,
  { request, sha, ...approver }: { request: string; sha: string; by: string; account?: string },
): RequestRecord {
  const known = context.ledger.request(stack, request);
  if (known?.state !== 'open') throw coordinatorError('REQUEST_UNKNOWN', { stack, request });
  const { headSha } = known;
  if (headSha !== sha) throw coordinatorError('REQUEST_MOVED', { request, sha, head: headSha });
  const approved = { ...known, approval: { sha, ...approver, at: currentTime(context) } };
  context.ledger.saveRequest(approved);
  context.log.info({ stack, request, sha, by: approver.by }, 'pull request approved');
  return approved;
}

/** Returns the newest pipeline of this server for a request's present head, in any state. */
export function pipelineOfHead(context: PipelineRecords, request: RequestRecord): PipelineRecord | undefined {
  const { stack, number, headSha } = request;
  const all = context.pipelines.list({ stack, request: number });
  return all.find((one) => one.head === headSha && one.parent === undefined && !isExternal(one));
}
