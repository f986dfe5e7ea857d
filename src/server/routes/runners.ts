import { Hono, type Context } from 'hono';
import type { CoordinatorContext } from '../../coordinator/index.ts';
import {
  RegistrationRequest,
  RotationRequest,
  RunnerChange,
  RunnerRequest,
  type RunnerSummary,
} from '../../protocol/index.ts';
import { principalOf } from '../access/principal-of.ts';
import { noteRequest } from '../audit-requests.ts';
import { createdRunner, runnerSummary } from '../rest/runner-summary.ts';
import { answering, readJson } from './request-body.ts';

type Action = (id: string, c: Context) => Promise<RunnerSummary> | RunnerSummary;

/** Creates, changes, pauses, resumes, rotates and removes runners of the store, and lets others register themselves. */
export function runnerRoutes({ fleet }: Pick<CoordinatorContext, 'fleet'>): Hono {
  const app = new Hono();
  const actions: Readonly<Record<string, Action>> = {
    pause: (id) => runnerSummary(fleet.setPaused(id, true)),
    resume: (id) => runnerSummary(fleet.setPaused(id, false)),
    remove: (id) => runnerSummary(fleet.remove(id)),
    rotate: async (id, c) => createdRunner(fleet.rotate(id, RotationRequest.parse(await readJson(c.req.raw)))),
  };
  app.post('/api/v1/runners', (c) =>
    answering(c, async () => {
      const request = RunnerRequest.parse(await readJson(c.req.raw));
      const created = fleet.create(request, principalOf(c).name);
      noteRequest(c, auditedRunner(runnerSummary(created.runner)));
      return c.json(createdRunner(created), 201);
    }),
  );
  app.put('/api/v1/runners/:id{[0-9]+}', (c) =>
    answering(c, async () => {
      const change = RunnerChange.parse(await readJson(c.req.raw));
      const changed = runnerSummary(fleet.edit(c.req.param('id'), change));
      noteRequest(c, auditedRunner(changed));
      return c.json(changed);
    }),
  );
  for (const [name, act] of Object.entries(actions))
    app.post(`/api/v1/runners/:id{[0-9]+}/${name}`, (c) =>
      answering(c, async () => {
        const changed = await act(c.req.param('id') ?? '', c);
        noteRequest(c, auditedRunner(changed));
        return c.json(changed);
      }),
    );
  app.post('/api/v1/runners/registration', (c) =>
    answering(c, async () => {
      const request = RegistrationRequest.parse(await readJson(c.req.raw));
      noteRequest(c, { details: { stacks: request.stacks.join(' '), sandbox: String(request.sandbox) } });
      return c.json(fleet.allowRegistration(request, principalOf(c).name), 201);
    }),
  );
  app.post('/api/v1/runners/registration/end', (c) => {
    fleet.endRegistration();
    return c.json({});
  });
  return app;
}

/** Returns what the audit log records of a runner. */
export function auditedRunner({ id, name, tags, sandbox, trusted, stacks }: RunnerSummary) {
  const declared = { sandbox: String(sandbox), trusted: String(trusted) };
  return { on: `runner ${id}`, details: { name, tags: tags.join(' '), stacks: stacks.join(' '), ...declared } };
}
