import {
  RunEnvironment,
  dependenciesOf,
  runEnvironmentFile,
  withPrefixes,
  type EnvironmentChange,
} from '../../spack/index.ts';
import { imageError } from '../errors.ts';
import { describePackage } from '../plan.ts';
import type { PlacedPackage } from './placed-package.ts';

/**
 * Returns the changes that packages record for the environment of their users, in Spack's order: externals first, then
 * from dependencies up to the roots, which therefore have precedence. `prefixOf` returns the prefix of a package.
 */
export function runChanges(
  packages: readonly PlacedPackage[],
  prefixOf: (one: PlacedPackage) => string,
): readonly EnvironmentChange[] {
  const prefixes = new Map(packages.map((one) => [one.planned.node.hash, prefixOf(one)]));
  const records = new Map(
    packages.flatMap((one) => {
      const record = readRecord(one);
      return record === undefined ? [] : [[one.planned.node.hash, record] as const];
    }),
  );
  const sources = new Set([...records.values()].flatMap(({ from }) => Object.keys(from)));
  const elsewhere = [...sources].filter((hash) => !prefixes.has(hash)).toSorted();
  const programs = records.size === 0 ? new Map<string, string>() : programFolders(packages, prefixes);
  return [...elsewhere, ...prefixes.keys()].flatMap((hash) => {
    const fromOthers = [...records.values()].flatMap((record) => resolved(record.from[hash] ?? [], record, prefixes));
    const [record, folder] = [records.get(hash), programs.get(hash)];
    const own = record === undefined ? [] : resolved(record.own, record, prefixes);
    return [...(folder === undefined ? [] : toTheFront(folder)), ...fromOthers, ...own];
  });
}

/**
 * Where programs are, of roots and of what others run: Spack has them before what packages lower down put into `PATH`.
 */
function programFolders(
  packages: readonly PlacedPackage[],
  prefixes: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const run = new Set(packages.flatMap(({ planned }) => dependenciesOf(planned.node, ['run']).map(({ hash }) => hash)));
  return new Map(
    packages.flatMap(({ planned: { node, isRoot }, prefix, facts }) => {
      const isUsed = isRoot || run.has(node.hash);
      const hasPrograms = isUsed && facts.paths.some(({ path }) => path === `${prefix.slice(1)}/bin`);
      return hasPrograms ? [[node.hash, `${prefixes.get(node.hash)}/bin`] as const] : [];
    }),
  );
}

function toTheFront(value: string): readonly EnvironmentChange[] {
  const path = { name: 'PATH', value, separator: ':' };
  return [
    { action: 'remove-path', ...path },
    { action: 'prepend-path', ...path },
  ];
}

function resolved(
  changes: readonly EnvironmentChange[],
  record: RunEnvironment,
  prefixes: ReadonlyMap<string, string>,
): readonly EnvironmentChange[] {
  return changes.map((change) =>
    'value' in change ? { ...change, value: withPrefixes(change.value, record, (hash) => prefixes.get(hash)) } : change,
  );
}

/** Undefined for a package without a record: only its folders count then. */
function readRecord({ planned, prefix, facts }: PlacedPackage): RunEnvironment | undefined {
  const text = facts.texts[`${prefix.slice(1)}/${runEnvironmentFile}`];
  if (text === undefined) return undefined;
  try {
    return RunEnvironment.parse(JSON.parse(text));
  } catch (error) {
    const details = { package: describePackage(planned.node), file: `${prefix}/${runEnvironmentFile}` };
    throw imageError('IMAGE_ENVIRONMENT_INVALID', details, { cause: error });
  }
}
