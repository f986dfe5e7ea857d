import { includesScope, type Scope } from './scope.ts';

/** A scope on some stacks. `*` stands for all of them, those of later as well. */
export interface Grant {
  readonly scope: Scope;
  readonly stacks: readonly string[];
}

/** Who sent a request. */
export interface Principal {
  readonly kind: 'anonymous' | 'local' | 'token' | 'session' | 'job';
  /** For people and logs: `token ci`, `ada (github)`, `job 12`. */
  readonly name: string;
  /** Account at the forge that pipelines of this principal count as started by. */
  readonly actor?: string;
  readonly grants: readonly Grant[];
  /** The running job whose token was sent. */
  readonly job?: { readonly id: string; readonly stack: string };
}

export const anonymous: Principal = { kind: 'anonymous', name: 'anonymous', grants: [] };

/** Whether a principal has a scope on a stack, or on all stacks if none is named. */
export function holds({ grants }: Principal, needed: Scope, stack?: string): boolean {
  return grants.some(
    ({ scope, stacks }) =>
      includesScope(scope, needed) && (stacks.includes('*') || (stack !== undefined && stacks.includes(stack))),
  );
}
