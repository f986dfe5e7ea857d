import { Hono } from 'hono';
import { BoundedMap, Serial } from '../../kit/index.ts';
import {
  heldReason,
  requestPlan,
  trustOfRequest,
  type Coordinator,
  type RequestRecord,
  type Stack,
} from '../../coordinator/index.ts';
import { CommandView, viewOf, type RequestDetail, type RequestPlan } from '../../protocol/index.ts';
import { requireStack } from '../access/principal-of.ts';
import { found } from './problem-answer.ts';
import { pipelineView, requestView } from './views.ts';

const KEPT_PLANS = 50;
const NEWEST_PIPELINES = 20;
const NEWEST_COMMANDS = 20;

export function requestRoutes({ context, driver }: Coordinator): Hono {
  const { ledger, pipelines } = context;
  const plans = new BoundedMap<string, Promise<RequestPlan>>(KEPT_PLANS);
  const turns = new Serial();

  /** A plan is read once for each head and base, and one at a time: outsiders write what is read. */
  function planOf(stack: Stack, request: RequestRecord): Promise<RequestPlan> {
    const { number, headSha, baseSha, baseBranch } = request;
    const key = JSON.stringify([request.stack, number, headSha, baseSha, baseBranch]);
    const known = plans.get(key);
    if (known !== undefined) return known;
    const plan = turns.run('plan', () => requestPlan({ stack, sources: driver.ports.sources }, request));
    plans.set(key, plan);
    plan.then(
      ({ problem }) => problem !== undefined && plans.delete(key),
      () => plans.delete(key),
    );
    return plan;
  }

  const app = new Hono();
  app.get('/stacks/:stack/requests/:number', async (c) => {
    const stack = requireStack(c, context, c.req.param('stack'));
    const { name } = stack.configuration;
    const number = c.req.param('number');
    const request = found(ledger.request(name, number), `pull request ${number.slice(0, 20)} of stack \`${name}\``);
    return c.json({
      ...requestView(context, request),
      baseSha: request.baseSha,
      headUrl: stack.forge.links?.commit(request.headSha),
      draft: request.draft,
      labels: request.labels && [...request.labels],
      trust: trustOfRequest(request),
      held: await heldReason(context, stack, request),
      approval: request.approval,
      plan: request.state === 'open' ? await planOf(stack, request) : undefined,
      pipelines: pipelines
        .list({ stack: name, request: number, limit: NEWEST_PIPELINES })
        .map((record) => pipelineView(context, record)),
      commands: ledger
        .commands(name, number)
        .toReversed()
        .slice(0, NEWEST_COMMANDS)
        .map((command) => viewOf(CommandView, command)),
    } satisfies RequestDetail);
  });
  return app;
}
