import { Hono } from 'hono';
import { BoundedMap, Serial } from '../../kit/index.ts';
import {
  requestPlan,
  requestTier,
  trustOfRequest,
  type Coordinator,
  type RequestRecord,
  type Stack,
} from '../../coordinator/index.ts';
import { CommandView, viewOf, type RequestDetail } from '../../protocol/index.ts';
import { requireStack } from '../access/principal-of.ts';
import { found } from './problem-answer.ts';
import { pipelineView, requestView } from './views.ts';

const KEPT_READINGS = 50;
const NEWEST_PIPELINES = 20;
const NEWEST_COMMANDS = 20;

/** What is read of an open request's files and author. */
type Reading = Required<Pick<RequestDetail, 'plan'>> & Pick<RequestDetail, 'tier'>;

export function requestRoutes({ context, driver }: Coordinator): Hono {
  const { ledger, pipelines } = context;
  const kept = new BoundedMap<string, Promise<Reading>>(KEPT_READINGS);
  const turns = new Serial();

  async function read(stack: Stack, request: RequestRecord): Promise<Reading> {
    const plan = await requestPlan({ context, stack, sources: driver.ports.sources }, request);
    return { plan, tier: await requestTier(context, stack, request) };
  }

  /** Read once for each head and base, and one at a time: outsiders write what is read, and may ask often. */
  function readingOf(stack: Stack, request: RequestRecord): Promise<Reading> {
    const { number, headSha, baseSha, baseBranch } = request;
    const key = JSON.stringify([request.stack, number, headSha, baseSha, baseBranch]);
    const known = kept.get(key);
    if (known !== undefined) return known;
    const reading = turns.run('read', () => read(stack, request));
    kept.set(key, reading);
    reading.then(
      ({ plan }) => plan.problem !== undefined && kept.delete(key),
      () => kept.delete(key),
    );
    return reading;
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
      approval: request.approval,
      ...(request.state === 'open' ? await readingOf(stack, request) : {}),
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
