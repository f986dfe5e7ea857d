import { expandVariables, referencedVariables } from './expand-variables.ts';
import type { Variables } from '../job-plan.ts';

/** Characters of all values together; no environment of a process is as large. */
const MAX_TOTAL = 16_000_000;

/**
 * Expands variables by each other, those referred to first (GitLab's sort-and-expand at assignment). Unknown names and
 * members of a circle stay as written, as do references that would make a value longer than a megabyte, or all of them
 * far past what a process can have; raw values are neither expanded nor put into others.
 */
export function resolveVariables(variables: Variables): Readonly<Record<string, string>> {
  const resolved = new Map<string, string>();
  let total = 0;
  for (const name of inOrder(variables)) {
    const { value, raw } = variables[name] as Variables[string];
    if (raw) continue;
    const expanded = total > MAX_TOTAL ? value : expandVariables(value, (other) => resolved.get(other));
    total += expanded.length;
    resolved.set(name, expanded);
  }
  return Object.fromEntries(Object.entries(variables).map(([name, { value }]) => [name, resolved.get(name) ?? value]));
}

/** Names sorted so that each comes after those it refers to; circles, and what refers into them, are left out. */
function inOrder(variables: Variables): readonly string[] {
  const waiting = new Map<string, number>();
  const referrers = new Map<string, string[]>();
  for (const [name, { value, raw }] of Object.entries(variables)) {
    const others = new Set(raw ? [] : referencedVariables(value).filter((other) => isExpandable(variables, other)));
    waiting.set(name, others.size);
    for (const other of others) referrers.set(other, [...(referrers.get(other) ?? []), name]);
  }
  const order = [...waiting].filter(([, count]) => count === 0).map(([name]) => name);
  for (const name of order) {
    for (const referrer of referrers.get(name) ?? []) {
      const left = (waiting.get(referrer) ?? 0) - 1;
      waiting.set(referrer, left);
      if (left === 0) order.push(referrer);
    }
  }
  return order;
}

function isExpandable(variables: Variables, name: string): boolean {
  return Object.hasOwn(variables, name) && variables[name]?.raw === false;
}
