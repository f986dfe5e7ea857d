import { Hono } from 'hono';
import type { Access } from '../../access/index.ts';
import type { Tokens } from '../../coordinator/index.ts';
import { SessionsEndRequest, TokenRequest, type TokenList } from '../../protocol/index.ts';
import { noteRequest } from '../audit-requests.ts';
import { answering, readJson } from '../routes/request-body.ts';
import { auditedToken, createToken, tokenView } from './create-token.ts';
import { principalOf } from './principal-of.ts';

/** Creates, lists and revokes access tokens, and ends sessions. */
export function tokenRoutes(access: Access, credentials: Tokens): Hono {
  const app = new Hono();
  app.get('/api/v1/tokens', (c) => {
    return c.json({ tokens: access.tokens().map(tokenView) } satisfies TokenList);
  });
  app.post('/api/v1/tokens', (c) =>
    answering(c, async () => {
      const request = TokenRequest.parse(await readJson(c.req.raw));
      const created = createToken({ access, credentials }, request, principalOf(c).name);
      noteRequest(c, auditedToken(created));
      return c.json(created, 201);
    }),
  );
  app.post('/api/v1/tokens/:id{[0-9]+}/revoke', (c) =>
    answering(c, () => {
      const revoked = tokenView(access.revokeToken(c.req.param('id')));
      noteRequest(c, auditedToken(revoked));
      return c.json(revoked);
    }),
  );
  app.post('/api/v1/sessions/end', (c) =>
    answering(c, async () => {
      const { name } = SessionsEndRequest.parse(await readJson(c.req.raw));
      noteRequest(c, { on: name });
      return c.json({ ended: access.endSessionsOf(name) });
    }),
  );
  return app;
}
