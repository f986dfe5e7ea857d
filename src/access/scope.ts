/** Each scope includes those before it. */
export const scopes = ['read', 'run', 'approve', 'admin'] as const;
export type Scope = (typeof scopes)[number];

export function includesScope(held: Scope, needed: Scope): boolean {
  return scopes.indexOf(held) >= scopes.indexOf(needed);
}
