import { Hono, type Context } from 'hono';
import {
  coordinatorError,
  exchangeIdentity,
  finishExternal,
  type Coordinator,
  type ExchangedIdentity,
  type Stack,
} from '../../coordinator/index.ts';
import { readLimited } from '../../kit/index.ts';
import { FinishRequest } from '../../protocol/index.ts';
import { noteRequest } from '../audit-requests.ts';
import { serverError } from '../errors.ts';
import { bearerOf } from '../access/credential.ts';
import { requireStack } from '../access/principal-of.ts';
import { readJson, refuse } from './request-body.ts';

const LARGEST_LOCK = 128 * 2 ** 20;

/**
 * The two requests of jobs that other CI systems run. The first exchanges an ID token (`Authorization: Bearer`) and the
 * lock for credentials of the gateway, the second reports the end of the pipeline. Both are for `curl`: the lock is the
 * body as it is, or `?lock=` with its SHA-256, and with `Accept: text/plain` the answer is a list of `NAME=value`
 * lines.
 */
export function externalIdentityRoutes(coordinator: Coordinator, poll: (stack: string) => Promise<void>): Hono {
  const app = new Hono();
  app.post('/api/v1/stacks/:stack/identity', (c) =>
    answered(c, coordinator, async (stack) => {
      const { name } = stack.configuration;
      const exchanged = await exchangeIdentity(coordinator, stack, {
        token: bearerOf(c),
        lock: () => presentedLock(c),
        onVerified: ({ issuer, project, ref, sha, pipeline: external }) =>
          noteRequest(c, { who: `identity:${new URL(issuer).host}/${project}`, details: { ref, sha, external } }),
        poll: () => poll(name),
      });
      noteRequest(c, { on: `pipeline ${exchanged.pipeline.id}` });
      const variables = variablesOf(coordinator, exchanged);
      if (!/^text\/plain\b/.test(c.req.header('accept') ?? '')) return c.json(variables, 201);
      const lines = Object.entries(variables).map(([key, value]) => `${key}=${value}\n`);
      return c.text(lines.join(''), 201);
    }),
  );
  app.post('/api/v1/stacks/:stack/identity/finish', (c) =>
    answered(c, coordinator, async (stack) => {
      const { status } = FinishRequest.parse(await readJson(c.req.raw));
      const { id } = finishExternal(coordinator, stack, { token: bearerOf(c), status });
      noteRequest(c, { who: `pipeline:${id}`, on: `pipeline ${id}`, details: { status } });
      return c.json({ id, status, url: `${coordinator.context.baseUrl()}/pipelines/${id}` });
    }),
  );
  return app;
}

/** Answers what the request gets wrong. A stack without identities has none of these requests. */
async function answered(
  c: Context,
  coordinator: Coordinator,
  work: (stack: Stack) => Promise<Response>,
): Promise<Response> {
  c.header('Cache-Control', 'no-store');
  try {
    const name = c.req.param('stack') ?? '';
    const known = coordinator.context.stacks.get(name);
    const hasIdentities = known !== undefined && known.configuration.identities.length > 0;
    // Who has not shown an ID token yet gets no other answer for a private stack than for none.
    const stack = hasIdentities ? known : requireStack(c, coordinator.context, name);
    if (!hasIdentities) throw serverError('SERVER_IDENTITIES_NOT_SET', { stack: name });
    return await work(stack);
  } catch (error) {
    return refuse(c, error);
  }
}

async function presentedLock(c: Context): Promise<Uint8Array | string> {
  const tooLarge = () => invalid(`it is larger than ${LARGEST_LOCK} bytes.`);
  const bytes = await readLimited(c.req.raw.body ?? new Blob([]).stream(), LARGEST_LOCK, tooLarge);
  const digest = c.req.query('lock');
  if (bytes.length > 0 || digest === undefined) return bytes;
  if (/^[0-9a-f]{64}$/.test(digest)) return digest;
  throw invalid('`?lock=` is no SHA-256 in hexadecimal digits.');
}

function invalid(reason: string) {
  return coordinatorError('EXTERNAL_LOCK_INVALID', { reason });
}

/** As jobs of this server have them; no value needs quotes in a shell. */
function variablesOf({ context }: Coordinator, exchanged: ExchangedIdentity): Readonly<Record<string, string>> {
  const { pipeline, lockDigest, mirror, expiresAt } = exchanged;
  const baseUrl = context.baseUrl();
  return {
    AWS_ACCESS_KEY_ID: exchanged.accessKeyId,
    AWS_SECRET_ACCESS_KEY: exchanged.secretAccessKey,
    S3_ENDPOINT_URL: `${baseUrl}/s3`,
    SLIPWAY_MIRROR: mirror,
    SLIPWAY_TRUST: pipeline.trust,
    SLIPWAY_LOCK: lockDigest,
    SLIPWAY_PIPELINE: pipeline.id,
    SLIPWAY_PIPELINE_TOKEN: exchanged.pipelineToken,
    SLIPWAY_EXPIRES_AT: new Date(expiresAt).toISOString(),
  };
}
