import { Hono } from 'hono';
import { approveRequest, beginRequested, giveCommand, type Coordinator, type Stack } from '../../coordinator/index.ts';
import {
  ApprovalRequest,
  RebuildRequest,
  RunRequest,
  StartedPipeline,
  TriggerRequest,
  viewOf,
} from '../../protocol/index.ts';
import type { PipelineRecord } from '../../pipeline/index.ts';
import { principalOf } from '../access/principal-of.ts';
import { answering, readJson } from './request-body.ts';
import { noteRequest } from '../audit-requests.ts';
import { namesOf } from './actions.ts';

/**
 * The requests that start pipelines: for a branch, for a held pull request of a fork, and for the head of a pull
 * request. They are answered one after the other, so that a repeated approval starts one pipeline. `poll` reads a
 * stack's remote before.
 */
export function triggerRoutes(coordinator: Coordinator, poll: (stack: string) => Promise<void>): Hono {
  const app = new Hono();
  const { context } = coordinator;
  app.post('/api/v1/stacks/:stack/trigger', (c) =>
    answering(c, async () => {
      const stack = context.stacks.get(c.req.param('stack')) as Stack;
      const { actor } = principalOf(c);
      const request = TriggerRequest.parse(await readJson(c.req.raw));
      const { name } = stack.configuration;
      noteRequest(c, { on: `branch ${request.ref}`, details: namesOf(request.variables) });
      await poll(name);
      const record = await coordinator.requestTurns.run(name, () =>
        beginRequested(coordinator, stack, { ...request, source: 'api', actor }),
      );
      noteRequest(c, { details: { ...namesOf(request.variables), pipeline: record.id, sha: record.sha } });
      return c.json(answerOf(coordinator, record), 201);
    }),
  );
  app.post('/api/v1/stacks/:stack/requests/:number/approve', (c) =>
    answering(c, async () => {
      const stack = context.stacks.get(c.req.param('stack')) as Stack;
      const { sha } = ApprovalRequest.parse(await readJson(c.req.raw));
      noteRequest(c, { details: { sha } });
      const principal = principalOf(c);
      const by = { by: principal.actor ?? principal.name, account: principal.actor };
      const { name } = stack.configuration;
      await poll(name);
      const request = c.req.param('number');
      const record = await coordinator.requestTurns.run(name, () =>
        approveRequest(coordinator, stack, { request, sha, ...by }),
      );
      if (record !== undefined) return c.json(answerOf(coordinator, record), 201);
      return c.json({ message: 'approved; see the status of the commit for what it waits for' }, 202);
    }),
  );
  for (const command of ['run', 'rebuild'] as const)
    app.post(`/api/v1/stacks/:stack/requests/:number/${command}`, (c) =>
      answering(c, async () => {
        const stack = context.stacks.get(c.req.param('stack')) as Stack;
        const argument = await argumentOf(command, c.req.raw);
        const details: Record<string, string> = argument === undefined ? {} : { package: argument };
        noteRequest(c, { details });
        const principal = principalOf(c);
        const given = {
          request: c.req.param('number'),
          command,
          argument,
          actor: principal.actor ?? principal.name,
        };
        const { name } = stack.configuration;
        await poll(name);
        const { pipeline } = await coordinator.requestTurns.run(name, () => giveCommand(coordinator, stack, given));
        const record = context.pipelines.record(pipeline as string) as PipelineRecord;
        noteRequest(c, { details: { ...details, pipeline: record.id, sha: record.head } });
        return c.json(answerOf(coordinator, record), 201);
      }),
    );
  return app;
}

/** Reads the body of a command; only `rebuild` has an argument. */
async function argumentOf(command: 'run' | 'rebuild', request: Request): Promise<string | undefined> {
  const body = await readJson(request);
  if (command === 'rebuild') return RebuildRequest.parse(body).package;
  RunRequest.parse(body);
  return undefined;
}

function answerOf({ context }: Coordinator, record: PipelineRecord): StartedPipeline {
  return viewOf(StartedPipeline, { ...record, url: `${context.baseUrl()}/pipelines/${record.id}` });
}
