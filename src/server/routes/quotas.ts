import { Hono } from 'hono';
import { block, unblock, type Coordinator, type QuotaOwner } from '../../coordinator/index.ts';
import { BlockRequest, UnblockRequest } from '../../protocol/index.ts';
import { noteRequest } from '../audit-requests.ts';
import { principalOf } from '../access/principal-of.ts';
import { answering, readJson } from './request-body.ts';

/** Blocks and unblocks stacks, authors and pull requests. `wake` polls a stack soon. */
export function quotaRoutes(coordinator: Coordinator, wake: (stack: string) => boolean): Hono {
  const app = new Hono();
  app.post('/api/v1/stacks/:stack/block', (c) =>
    answering(c, async () => {
      const { reason, ...about } = BlockRequest.parse(await readJson(c.req.raw));
      const owner = ownerOf(c.req.param('stack'), about);
      noteRequest(c, { on: `${owner.kind} ${owner.name}`, details: { reason } });
      const by = principalOf(c).actor ?? 'the holder of a token';
      const canceled = await block(coordinator, owner, { reason, by });
      noteRequest(c, { details: { reason, canceled: canceled.join(' ') } });
      return c.json({ ...owner, canceled });
    }),
  );
  app.post('/api/v1/stacks/:stack/unblock', (c) =>
    answering(c, async () => {
      const owner = ownerOf(c.req.param('stack'), UnblockRequest.parse(await readJson(c.req.raw)));
      noteRequest(c, { on: `${owner.kind} ${owner.name}` });
      await unblock(coordinator, owner);
      wake(owner.stack);
      return c.json(owner);
    }),
  );
  return app;
}

function ownerOf(stack: string, { author, request }: UnblockRequest): QuotaOwner {
  if (author !== undefined && request !== undefined)
    throw new SyntaxError('Block an author or a pull request, not both at once');
  if (author !== undefined) return { kind: 'author', stack, name: author };
  return request === undefined ? { kind: 'stack', stack, name: stack } : { kind: 'request', stack, name: request };
}
