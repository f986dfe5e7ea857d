import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import * as z from 'zod';
import { coordinatorError, type CoordinatorContext, type NewRunner } from '../../coordinator/index.ts';
import { SlipwayError, describeIssues } from '../../kit/index.ts';
import {
  RunnerRegistration,
  RunnerVerification,
  parseBody,
  protocolHeader,
  registeredRunner,
} from '../../protocol/index.ts';
import { principalOf } from '../access/principal-of.ts';
import { noteRequest, reasonText } from '../audit-requests.ts';
import { runnerSummary } from '../rest/runner-summary.ts';
import { auditedRunner } from '../routes/runners.ts';
import { checkToken } from '../token-throttle.ts';
import { readGitlabBody } from './gitlab-body.ts';

type Parts = Pick<CoordinatorContext, 'fleet' | 'stacks' | 'ledger'>;

/** The requests of GitLab's API that create runners and change their tokens: https://docs.gitlab.com/api/runners/ */
export function registrationRoutes(context: Parts): Hono {
  const app = new Hono();
  const small = bodyLimit({ maxSize: 64 * 1024 });
  app.post('/api/v4/runners', small, (c) => answer(c, async () => registerRunner(c, context)));
  app.post('/api/v4/user/runners', small, (c) => answer(c, async () => createRunner(c, context)));
  app.post('/api/v4/runners/reset_authentication_token', small, (c) => answer(c, async () => resetToken(c, context)));
  app.post('/api/v4/runners/:id{[0-9]+}/reset_authentication_token', (c) =>
    answer(c, async () => context.fleet.rotate(c.req.param('id'), { now: true })),
  );
  return app;
}

async function registerRunner(c: Context, { fleet }: Parts): Promise<NewRunner | undefined> {
  const body = parseBody(RunnerRegistration, await readGitlabBody(c), 'POST /runners');
  const token = body.token ?? c.req.header(protocolHeader.runnerToken) ?? '';
  const registration = await checkToken(c, { kind: 'registration', token }, () => fleet.registration(token));
  if (registration === undefined) return undefined;
  noteRequest(c, { who: 'registration token' });
  return fleet.register(registration, registeredRunner(body));
}

async function createRunner(c: Context, context: Parts): Promise<NewRunner> {
  const body = parseBody(RunnerRegistration, await readGitlabBody(c), 'POST /user/runners');
  const stacks = body.runner_type === 'project_type' ? [stackOf(context, body)] : ['*'];
  return context.fleet.create({ ...registeredRunner(body), stacks }, principalOf(c).name);
}

function stackOf({ stacks, ledger }: Parts, { project_id: id }: RunnerRegistration): string {
  const found = [...stacks.keys()].find((stack) => ledger.projectId(stack) === String(id));
  if (found === undefined) throw coordinatorError('STACK_UNKNOWN', { stack: `with the project id ${id}` });
  return found;
}

async function resetToken(c: Context, { fleet }: Parts): Promise<NewRunner | undefined> {
  const { token = c.req.header(protocolHeader.runnerToken) ?? '' } = parseBody(
    RunnerVerification,
    await readGitlabBody(c),
    'POST /runners/reset_authentication_token',
  );
  const renewed = await checkToken(c, { kind: 'runner', token }, () => fleet.reset(token));
  if (renewed !== undefined) noteRequest(c, { who: `runner:${renewed.runner.name}` });
  return renewed;
}

/** Answers with the new token; by 403 if there is none, and errors of the request in GitLab's form. */
async function answer(c: Context, work: () => Promise<NewRunner | undefined>): Promise<Response> {
  try {
    const created = await work();
    if (created === undefined) return c.json({ message: '403 Forbidden' }, 403);
    noteRequest(c, auditedRunner(runnerSummary(created.runner)));
    return c.json({ id: created.runner.id, token: created.token, token_expires_at: created.expiresAt ?? null }, 201);
  } catch (error) {
    if (error instanceof z.ZodError) return c.json({ message: `400 Bad Request: ${describeIssues(error)}` }, 400);
    if (!(error instanceof SlipwayError)) throw error;
    noteRequest(c, { reason: reasonText(error) });
    return c.json({ message: error.message }, error.status as 400);
  }
}
