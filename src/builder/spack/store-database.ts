import { closure, type Lockfile, type SpecNode, pythonJson } from '../../spack/index.ts';
import { majorVersion, type SpackProgram } from './spack-program.ts';

interface DatabaseContent {
  readonly spack: Pick<SpackProgram, 'version'>;
  readonly lock: Lockfile;
  /** The package that is to be built: it, and all in its closure, are known to the database. */
  readonly hash: string;
  /** Packages whose files are in place. Externals count as installed wherever they are. */
  readonly installed: ReadonlySet<string>;
  /** By DAG hash. */
  readonly prefixes: Readonly<Record<string, string>>;
  /** Seconds since 1970. */
  readonly time: number;
}

/**
 * The text of `.spack-db/index.json` of a store that this program has filled from mirrors, in the version that the
 * Spack in use writes itself: 7 up to 0.23, 8 from 1.0 on. Packages that were only needed to build others are known
 * but not installed, as Spack has it after installing binaries.
 */
export function storeDatabase(content: DatabaseContent): string {
  const { lock, hash, spack } = content;
  const known = [...closure(lock, [hash], ['build', 'link', 'run', 'test'])];
  const records = known
    .filter((one) => one !== hash)
    .flatMap((one) => lock.nodes.get(one) ?? [])
    .map((node) => [node.hash, recordOf(node, known, content)] as const);
  const version = majorVersion(spack) >= 1 ? '8' : '7';
  return pythonJson({ database: { version, installs: Object.fromEntries(records) } });
}

function recordOf(node: SpecNode, known: readonly string[], content: DatabaseContent): Record<string, unknown> {
  const { lock, hash, installed, prefixes, time } = content;
  const isThere = node.external !== undefined || installed.has(node.hash);
  const users = known.filter(
    (one) =>
      one !== hash && (lock.nodes.get(one)?.dependencies ?? []).some((dependency) => dependency.hash === node.hash),
  );
  return {
    spec: node,
    path: isThere ? (node.external === undefined ? prefixes[node.hash] : node.external.path) : null,
    installed: isThere,
    ref_count: users.length,
    explicit: false,
    installation_time: time,
    deprecated_for: null,
  };
}
