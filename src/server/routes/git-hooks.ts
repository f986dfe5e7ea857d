import { Hono, type Context } from 'hono';
import { checkToken } from '../token-throttle.ts';
import type { Push } from '../../forge/index.ts';
import { type Secret, isSameToken } from '../../kit/index.ts';
import { GitHookRequest } from '../../protocol/index.ts';
import { bearerOf } from '../access/credential.ts';
import { serverError } from '../errors.ts';
import { answering, readJson } from './request-body.ts';
import { noteRequest } from '../audit-requests.ts';

interface GitHookParts {
  /** Whether a stack of this name, or its absence, must not be revealed. */
  isHidden(stack: string): boolean;
  /** Returns the token of the stack's hook; undefined if it has none. */
  tokenOf(stack: string): Secret | undefined;
  /** Stores who pushed what. */
  save(stack: string, push: Push): void;
  /** Polls the stack's remote soon. False if there is no such stack. */
  wake(stack: string): boolean;
}

/**
 * `POST /hooks/git/<stack>`: the remote has changed. Anybody may report that. Who pushed is accepted only with the
 * stack's token, which the host of the remote has. Private stacks are answered like stacks that do not exist.
 */
export function gitHookRoutes({ isHidden, tokenOf, save, wake }: GitHookParts): Hono {
  const receive = async (c: Context, stack: string): Promise<void> => {
    const token = tokenOf(stack);
    if (token === undefined && !isHidden(stack)) throw serverError('SERVER_HOOK_TOKEN_NOT_SET');
    const bearer = bearerOf(c);
    const accepted = await checkToken(c, { kind: 'hook', token: bearer }, () =>
      token !== undefined && isSameToken(bearer, token.reveal()) ? token : undefined,
    );
    if (accepted === undefined) throw serverError('SERVER_TOKEN_WRONG');
    const { actor, pushes } = GitHookRequest.parse(await readJson(c.req.raw));
    noteRequest(c, { who: `hook:${stack}`, details: { actor, refs: pushes.map(({ ref }) => ref).join(' ') } });
    for (const push of pushes) save(stack, { ...push, actor });
  };
  const app = new Hono();
  app.post('/hooks/git/:stack', (c) =>
    answering(c, async () => {
      const stack = c.req.param('stack');
      if (c.req.header('authorization') !== undefined) await receive(c, stack);
      const what = `stack \`${stack.slice(0, 100)}\``;
      if (!wake(stack) && !isHidden(stack)) throw serverError('SERVER_NOT_FOUND', { what });
      return c.body(null, 202);
    }),
  );
  return app;
}
