import type { Grant } from './principal.ts';
import type { Scope } from './scope.ts';

/** Gives a scope on stacks to some of the people who sign in with a provider. */
export interface RoleRule {
  readonly scope: Scope;
  readonly stacks: readonly string[];
  /** Names of people; `*`: everyone who can sign in. */
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

/** A person as a provider describes them. */
export interface Identity {
  readonly name: string;
  readonly groups: readonly string[];
}

/** Returns what the rules give a person. */
export function grantsOf({ name, groups }: Identity, rules: readonly RoleRule[]): readonly Grant[] {
  return rules
    .filter(
      (rule) =>
        rule.users.includes('*') || rule.users.includes(name) || rule.groups.some((group) => groups.includes(group)),
    )
    .map(({ scope, stacks }) => ({ scope, stacks }));
}
