import * as z from 'zod';
import { compareText } from '../kit/index.ts';

/**
 * Where a package keeps its record, below its prefix. Spack reads no such file; it is part of the tarball, and so
 * signed with it.
 */
export const runEnvironmentFile = '.spack/slipway_environment.json';

const Name = z.string().regex(/^[^=\0]+$/);
/** May hold `${/<hash>}` for the prefix of a package. */
const Value = z.string();
const separator = z.string().default(':');

/**
 * One of Spack's modifications of an environment (`spack.util.environment`), in the order in which they are applied.
 */
export const EnvironmentChange = z.discriminatedUnion('action', [
  z.object({ action: z.literal('set'), name: Name, value: Value }),
  z.object({ action: z.literal('unset'), name: Name }),
  z.object({
    action: z.enum([
      'prepend-path',
      'append-path',
      'remove-path',
      'remove-first-path',
      'remove-last-path',
      'append-flags',
      'remove-flags',
    ]),
    name: Name,
    value: Value,
    separator,
  }),
  z.object({ action: z.enum(['deprioritize-system-paths', 'prune-duplicate-paths']), name: Name, separator }),
]);
export type EnvironmentChange = z.infer<typeof EnvironmentChange>;

/** The changes of a package to the environment of its users, beyond those that follow from its folders. */
export const RunEnvironment = z.object({
  version: z.literal(1),
  /** Its own: Spack's `setup_run_environment`. */
  own: z.array(EnvironmentChange),
  /** What packages that it links or runs do for it, by their DAG hashes: `setup_dependent_run_environment`. */
  from: z.record(z.string(), z.array(EnvironmentChange)),
  /** Where packages lay that values name, by DAG hash. */
  prefixes: z.record(z.string(), z.string()),
});
export type RunEnvironment = z.infer<typeof RunEnvironment>;

/** The record's one form; undefined where there is nothing to record. */
export function formatRunEnvironment(environment: RunEnvironment): string | undefined {
  const { own, from, prefixes } = environment;
  const others = Object.entries(from).filter(([, changes]) => changes.length > 0);
  if (own.length === 0 && others.length === 0) return undefined;
  const named = new Set(
    [...own, ...others.flatMap(([, changes]) => changes)].flatMap((change) =>
      'value' in change ? [...change.value.matchAll(PREFIX)].map(([, hash]) => hash) : [],
    ),
  );
  const used = Object.entries(prefixes).filter(([hash]) => named.has(hash));
  const record = { version: 1, own, from: sorted(others), prefixes: sorted(used) };
  return `${JSON.stringify(record, null, 1)}\n`;
}

const PREFIX = /\$\{\/([a-z2-7]{32})\}/g;

/** A value with the prefixes that it names: where they are now, and otherwise where they were. */
export function withPrefixes(
  value: string,
  { prefixes }: RunEnvironment,
  prefixOf: (hash: string) => string | undefined,
): string {
  return value.replace(PREFIX, (text, hash: string) => prefixOf(hash) ?? prefixes[hash] ?? text);
}

/** How a value names the prefix of a package. */
export function prefixToken(hash: string): string {
  return `\${/${hash}}`;
}

function sorted<T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> {
  return Object.fromEntries(entries.toSorted(([a], [b]) => compareText(a, b)));
}
