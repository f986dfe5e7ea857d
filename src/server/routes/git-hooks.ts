import { Hono } from 'hono';
import * as z from 'zod';
import { isSameToken } from '../../coordinator/index.ts';
import { checkToken } from '../token-throttle.ts';
import type { Push } from '../../forge/index.ts';
import type { Secret } from '../../kit/index.ts';
import { bearerOf, readJson, refuse } from './authorized.ts';

/** `POST /hooks/git/<stack>`, from a hook that has the stack's token. */
const GitHookRequest = z.strictObject({
  actor: z.string().min(1).max(255),
  pushes: z
    .array(
      z.strictObject({
        ref: z
          .string()
          .regex(/^refs\/(?:heads|tags)\/./)
          .max(1000),
        sha: z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/),
      }),
    )
    .max(500),
});

interface GitHookParts {
  /** What the hook of a stack must show to be believed; undefined where nothing of it is. */
  tokenOf(stack: string): Secret | undefined;
  /** Stores who pushed what. */
  save(stack: string, push: Push): void;
  /** Has the stack's remote looked at; false if there is no such stack. */
  wake(stack: string): boolean;
}

/**
 * `POST /hooks/git/<stack>`: the remote has something new, which anybody may say. Who pushed it is believed only with
 * the stack's token, which the machine that let them in holds.
 */
export function gitHookRoutes({ tokenOf, save, wake }: GitHookParts): Hono {
  const app = new Hono();
  app.post('/hooks/git/:stack', async (c) => {
    const stack = c.req.param('stack');
    if (c.req.header('authorization') !== undefined) {
      const token = tokenOf(stack);
      if (token === undefined) return c.json({ message: 'the stack has no `hookToken`' }, 404);
      const given = bearerOf(c);
      try {
        const isRight = await checkToken(c, { kind: 'hook', token: given }, () =>
          isSameToken(given, token.reveal()) ? true : undefined,
        );
        if (isRight === undefined) return c.json({ message: 'not authorized' }, 401);
        const { actor, pushes } = GitHookRequest.parse(await readJson(c.req.raw));
        for (const push of pushes) save(stack, { ...push, actor });
      } catch (error) {
        return refuse(c, error);
      }
    }
    return wake(stack) ? c.body(null, 202) : c.json({ message: 'no such stack' }, 404);
  });
  return app;
}
