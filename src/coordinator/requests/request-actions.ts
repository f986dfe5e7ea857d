import { commandScopes, mayCommand, type RequestCommand } from '../../access/index.ts';
import { hasCode } from '../../kit/index.ts';
import { isFinal, type PipelineRecord } from '../../pipeline/index.ts';
import { actOnPipeline } from '../actions/user-actions.ts';
import { holdReason, pipelineOfHead } from '../changes/forks.ts';
import { approveRequest, beginRequest } from '../changes/intake.ts';
import { trustOfRequest } from '../changes/trust.ts';
import type { CoordinatorContext, Stack } from '../context.ts';
import type { Coordinator } from '../coordinator.ts';
import type { RequestRecord } from './request-ledger.ts';
import { code } from '../../report/index.ts';
import { changeOfPipeline } from '../report/pipeline-change.ts';

/** What became of a command. */
export interface ActionOutcome {
  readonly state: 'done' | 'refused';
  /** Markdown for people; it names the commit, and holds nothing that they wrote. */
  readonly answer: string;
  readonly pipeline?: string;
}

/** A command that its sender may give. */
interface Order {
  readonly request: RequestRecord;
  /** Account at the forge, or the name by which the server knows the person. */
  readonly actor: string;
  readonly argument?: string;
}

/** A command of an account at the forge. */
interface ForgeOrder extends Order {
  readonly may: Parameters<typeof mayCommand>[1];
}

type Action = (coordinator: Coordinator, stack: Stack, order: ForgeOrder) => Promise<ActionOutcome>;

const SHORT = 12;

/** Carries out the commands on a pull request. Call one at a time for a stack; each is safe to repeat. */
export const requestActions = {
  help: async (_coordinator, _stack, { may }) => done(helpText(may)),
  plan: async ({ context }, _stack, { request }) => done(await planText(context, request)),
  run: (coordinator, stack, order: Order) => start(coordinator, stack, order),
  rebuild: (coordinator, stack, order: Order) =>
    start(coordinator, stack, { ...order, variables: { SLIPWAY_REBUILD: order.argument ?? '' } }),
  retry: async (coordinator, _stack, { request }) => {
    const { context } = coordinator;
    const pipeline = pipelineOfHead(context, request);
    if (pipeline === undefined) return refused(`Commit ${shaOf(request)} has no pipeline to retry.`);
    actOnPipeline(coordinator, pipeline.id, 'retry');
    return done(`Failed jobs of ${linkTo(context, pipeline)} for ${shaOf(request)} run again.`, pipeline);
  },
  cancel: async (coordinator, _stack, { request, actor }) => {
    const { context } = coordinator;
    const { stack, number } = request;
    // The pipeline of a merge queue is left alone: the requests after it in the queue depend on it.
    const all = context.pipelines.list({ stack, request: number }).filter(({ refType }) => refType === 'pull-request');
    const running = all.filter(({ status }) => !isFinal(status));
    const topmost = running.filter(({ parent }) => parent === undefined);
    if (running.length === 0) return refused(`Nothing runs for ${shaOf(request)}.`);
    for (const { id } of running) coordinator.driver.cancel(id, `canceled by ${actor}`);
    const names = topmost.map((pipeline) => linkTo(context, pipeline)).join(', ');
    return done(`Canceled ${names} (head: ${shaOf(request)}).`, topmost[0]);
  },
  approve,
} satisfies Readonly<Record<RequestCommand, Action>>;

/** Lists the commands that an account may give on a request. */
export function helpText(may: ForgeOrder['may']): string {
  const commands = Object.keys(commandScopes) as RequestCommand[];
  const usage = { approve: 'approve <sha>', rebuild: 'rebuild <package>' } as Partial<Record<RequestCommand, string>>;
  const own = commands.filter((one) => mayCommand(one, may)).map((one) => `\`/slipway ${usage[one] ?? one}\``);
  return `You can use ${own.join(', ')}.`;
}

async function approve(
  coordinator: Coordinator,
  stack: Stack,
  { request, actor, argument = '' }: Order,
): Promise<ActionOutcome> {
  const { context } = coordinator;
  const { number, headSha } = request;
  const approval = { request: number, sha: argument, by: actor, account: actor };
  try {
    const pipeline = await approveRequest(coordinator, stack, approval);
    const what = `Approved ${shaOf(request)}`;
    return pipeline === undefined
      ? done(`${what}. The status of the commit shows what it waits for.`)
      : done(`${what}: ${linkTo(context, pipeline)}.`, pipeline);
  } catch (error) {
    if (!hasCode(error, 'REQUEST_MOVED')) throw error;
    return refused(
      `Nothing was approved, because the head is now \`${headSha}\`. Review [what would run](${pageOf(context, request)}), ` +
        `then comment \`/slipway approve ${headSha}\`.`,
    );
  }
}

/** Starts a pipeline for the head. What needs approval needs it here too: it is not given by starting a pipeline. */
async function start(
  coordinator: Coordinator,
  stack: Stack,
  { request, variables }: Order & { readonly variables?: Readonly<Record<string, string>> },
): Promise<ActionOutcome> {
  const { context } = coordinator;
  const before = pipelineOfHead(context, request);
  if (before !== undefined && !isFinal(before.status))
    return refused(`${linkTo(context, before)} of ${shaOf(request)} has not ended.`, before);
  const hold = await holdReason(context, stack, request);
  const isTeams = trustOfRequest(request) !== 'untrusted';
  if (hold !== undefined && !(hold.isSkipped && isTeams))
    return refused(
      `Commit \`${request.headSha}\` must be approved first. Review [what would run](${pageOf(context, request)}).`,
    );
  await beginRequest(coordinator, stack, { request, variables });
  const pipeline = pipelineOfHead(context, request);
  if (pipeline === undefined || pipeline.id === before?.id)
    return refused(`No pipeline was created for ${shaOf(request)}; its status shows why.`);
  return done(`Started ${linkTo(context, pipeline)} for ${shaOf(request)}.`, pipeline);
}

async function planText(context: CoordinatorContext, request: RequestRecord): Promise<string> {
  const page = `[What would run](${pageOf(context, request)}) for ${shaOf(request)}`;
  const pipeline = pipelineOfHead(context, request);
  if (pipeline === undefined) return `${page}.`;
  const { headline } = await changeOfPipeline(context, pipeline.id);
  return `${code(headline)} (${linkTo(context, pipeline)}). ${page}.`;
}

function done(answer: string, pipeline?: PipelineRecord): ActionOutcome {
  return { state: 'done', answer, pipeline: pipeline?.id };
}

function refused(answer: string, pipeline?: PipelineRecord): ActionOutcome {
  return { state: 'refused', answer, pipeline: pipeline?.id };
}

function shaOf({ headSha }: RequestRecord): string {
  return `\`${headSha.slice(0, SHORT)}\``;
}

function linkTo({ baseUrl }: CoordinatorContext, { id }: PipelineRecord): string {
  return `[pipeline ${id}](${baseUrl()}/pipelines/${id})`;
}

function pageOf({ baseUrl }: CoordinatorContext, { stack, number }: RequestRecord): string {
  return `${baseUrl()}/stacks/${stack}/requests/${number}`;
}
