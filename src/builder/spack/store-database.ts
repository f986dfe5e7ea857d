import { closure, nodeOf, pythonJson, type Lockfile, type SpecNode } from '../../spack/index.ts';
import { majorVersion, type SpackProgram } from './spack-program.ts';

interface DatabaseContent {
  readonly spack: Pick<SpackProgram, 'version'>;
  readonly lock: Lockfile;
  /** The package that is to be built: it, and all in its closure, are known to the database. */
  readonly hash: string;
  /** Packages whose files are installed, besides externals. */
  readonly installed: ReadonlySet<string>;
  /** By DAG hash. */
  readonly prefixes: Readonly<Record<string, string>>;
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
    .map((one) => [one, recordOf(nodeOf(lock, one), known, content)] as const);
  const version = majorVersion(spack) >= 1 ? '8' : '7';
  return pythonJson({ database: { version, installs: Object.fromEntries(records) } });
}

function recordOf(node: SpecNode, known: readonly string[], content: DatabaseContent): Record<string, unknown> {
  const { lock, hash, installed, prefixes } = content;
  const isThere = node.external !== undefined || installed.has(node.hash);
  const uses = ({ dependencies = [] }: SpecNode) => dependencies.some((dependency) => dependency.hash === node.hash);
  const users = known.filter((one) => one !== hash && uses(nodeOf(lock, one)));
  return {
    spec: node,
    path: isThere ? (node.external ?? { path: prefixes[node.hash] }).path : null,
    installed: isThere,
    ref_count: users.length,
    explicit: false,
    installation_time: Date.now() / 1000,
    deprecated_for: null,
  };
}
