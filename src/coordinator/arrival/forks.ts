import { now } from '../context.ts';
import type { CoordinatorContext, Stack } from '../context.ts';
import { coordinatorError } from '../errors.ts';
import type { PipelineRecord, RequestRecord } from '../ports.ts';
import { readStackPolicy, stackPolicyFile } from './stack-policy.ts';
import { recordStatus, statusContext } from '../status/status-report.ts';
import { trustOfRequest } from './trust.ts';

/**
 * Why the pipeline of a request must wait for a person; undefined if it may run. The team's requests always run. An
 * outsider's runs where the base branch's own `slipway.yaml` says `forks: run`, or where somebody approved this very
 * head, and in either case only where a runner takes the jobs of outsiders. Nothing of the request's tree is read.
 */
export async function holdReason(
  context: Pick<CoordinatorContext, 'takesUntrusted'>,
  stack: Pick<Stack, 'configuration' | 'forge'>,
  request: RequestRecord,
): Promise<string | undefined> {
  if (trustOfRequest(request) !== 'untrusted') return undefined;
  if (!context.takesUntrusted) return 'Held: no runner here has a sandbox for a fork’s code; see `slipway doctor`';
  if (request.approvedSha === request.headSha || (await forksPolicy(stack, request.baseSha)) === 'run')
    return undefined;
  const { name } = stack.configuration;
  return `Held, from a fork. Run it: slipway approve --stack ${name} --request ${request.number} --sha ${request.headSha}`;
}

/** A file that cannot be read as a policy allows nothing. */
async function forksPolicy({ forge }: Pick<Stack, 'forge'>, baseSha: string): Promise<'hold' | 'run'> {
  const bytes = await forge.readFile(baseSha, stackPolicyFile);
  return bytes === undefined ? 'hold' : (readStackPolicy(bytes.toString('utf8')).policy?.forks ?? 'hold');
}

/** Says at the head's SHA that the request waits, and why. */
export function reportHeld(context: CoordinatorContext, request: RequestRecord, description: string): void {
  const { stack, headSha: sha } = request;
  context.log.info({ stack, request: request.number, sha }, 'pull request held');
  recordStatus(context, { stack, sha, context: statusContext, state: 'pending', description, at: now(context) });
}

/**
 * Stores that somebody who may has read this head and lets it run. It holds for this SHA alone: a push after the reading
 * is held again. Throws where there is no such open request, or its head is another by now.
 */
export function approveHead(
  context: CoordinatorContext,
  stack: string,
  asked: { request: string; sha: string },
): RequestRecord {
  const known = context.journey.request(stack, asked.request);
  if (known === undefined || known.state !== 'open')
    throw coordinatorError('REQUEST_UNKNOWN', { stack, request: asked.request });
  const { headSha, number: request } = known;
  if (headSha !== asked.sha) throw coordinatorError('REQUEST_MOVED', { request, sha: asked.sha, head: headSha });
  const approved = { ...known, approvedSha: headSha };
  context.journey.saveRequest(approved);
  context.log.info({ stack, request, sha: headSha }, 'pull request approved');
  return approved;
}

/** The newest pipeline of a request's present head, whatever became of it. */
export function pipelineOfHead(context: CoordinatorContext, request: RequestRecord): PipelineRecord | undefined {
  const { stack, number, headSha } = request;
  const all = context.pipelines.list({ stack, request: number });
  return all.find(({ head, parent }) => head === headSha && parent === undefined);
}
