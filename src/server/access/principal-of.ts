import type { Context } from 'hono';
import { anonymous, holds, type Principal } from '../../access/index.ts';
import { coordinatorError, type CoordinatorContext, type Stack } from '../../coordinator/index.ts';
import { suggestion, type SlipwayError } from '../../kit/index.ts';

const VARIABLE = 'principal';

/** Who sent a request, and how to find out later whether their credential still counts. */
export interface Sender {
  readonly principal: Principal;
  /** Undefined once the token is revoked or expired, or the session has ended. */
  renewed(): Principal | undefined;
  /** Why this request is not one of a local program, on a server where those need no token. */
  readonly refusal?: SlipwayError;
}

type Stacks = Pick<CoordinatorContext, 'stacks'>;

export function setSender(c: Context, sender: Sender): void {
  c.set(VARIABLE, sender);
}

export function principalOf(c: Context): Principal {
  return senderOf(c).principal;
}

export function senderOf(c: Context): Sender {
  return (c.get(VARIABLE) as Sender | undefined) ?? { principal: anonymous, renewed: () => anonymous };
}

/** Whether a principal may read a stack. One that is not configured any more is for those who may read all. */
export function mayRead({ stacks }: Stacks, principal: Principal, name: string): boolean {
  return stacks.get(name)?.configuration.private === false || holds(principal, 'read', name);
}

/** Whether a principal may read at least one stack. */
export function mayReadAny(context: Stacks, principal: Principal): boolean {
  return holds(principal, 'read') || [...context.stacks.keys()].some((name) => mayRead(context, principal, name));
}

export function hasPrivateStack({ stacks }: Stacks): boolean {
  return [...stacks.values()].some(({ configuration }) => configuration.private);
}

/** Whether those who may not read private stacks must not learn if there is a stack of this name. */
export function isHiddenStack(context: Stacks, name: string): boolean {
  return hasPrivateStack(context) && context.stacks.get(name)?.configuration.private !== false;
}

/** Returns the stack of a name. For the sender one that they may not read does not exist. */
export function requireStack(c: Context, context: Stacks, name: string): Stack {
  const principal = principalOf(c);
  const stack = context.stacks.get(name);
  if (stack !== undefined && mayRead(context, principal, name)) return stack;
  const readable = [...context.stacks.keys()].filter((one) => mayRead(context, principal, one));
  throw coordinatorError('STACK_UNKNOWN', { stack: name.slice(0, 100) }, { hint: suggestion(name, readable) });
}

/**
 * Returns the stacks that a list is about: that of the query, else all that the sender may read. Undefined stands for
 * all there ever were.
 */
export function requestedStacks(c: Context, context: Stacks): readonly string[] | undefined {
  const stack = c.req.query('stack');
  if (stack !== undefined) return [requireStack(c, context, stack).configuration.name];
  const principal = principalOf(c);
  if (holds(principal, 'read')) return undefined;
  const named = principal.grants.flatMap(({ stacks }) => stacks);
  return [...new Set([...context.stacks.keys(), ...named])].filter((name) => mayRead(context, principal, name));
}
