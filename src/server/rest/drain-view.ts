import type { Principal } from '../../access/index.ts';
import type { CoordinatorContext } from '../../coordinator/index.ts';
import type { DrainView } from '../../protocol/index.ts';
import { mayReadAny } from '../access/principal-of.ts';

/** Returns how far the server has drained, for those who may read a stack; undefined while it assigns jobs. */
export function drainView(context: CoordinatorContext, reader: Principal): DrainView | undefined {
  const { since } = context.drain;
  if (since === undefined || !mayReadAny(context, reader)) return undefined;
  return { since, jobs: context.drain.jobs().length };
}
