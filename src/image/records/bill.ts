import {
  architectureText,
  closure,
  compilerOf,
  dependenciesOf,
  topologicalOrder,
  variantsText,
  type DependencyType,
  type Lockfile,
  type SpecNode,
} from '../../spack/index.ts';
import { architectureOf } from '../architecture.ts';
import { packagesOf, type ImageContentKind, type PackageEntry, type PackageTarball } from '../plan.ts';
import type { RuntimePart } from '../host-base/host-runtime.ts';
import type { NamedBase } from '../publish/named-base.ts';
import type { PackageFacts } from './package-facts.ts';

/** The bill of materials of an image, independent of a format. */
export interface Bill {
  readonly image: BillImage;
  /** Every package of the lock that the image holds, or that these were built with; dependencies first. */
  readonly packages: readonly BillPackage[];
  /** Hashes of the requested packages. */
  readonly roots: readonly string[];
  /** When the records were made, RFC 3339: part of them, so that the same image has the same records. */
  readonly created: string;
  /** Version of this program. */
  readonly toolVersion: string;
}

/** An image that was made again of the same lock on another base. */
export interface ReplacedImage {
  /** Of its manifest, or of its index. */
  readonly digest: string;
  /** Of an index there is none. */
  readonly base?: NamedBase;
  /** Who requested the new image: `ada (github)`, `schedule`. */
  readonly requestedBy: string;
}

/** The subject of records: an image, or an index of several. */
export interface BillImage {
  /** Repository, without tag: `ghcr.io/lab/stack`. */
  readonly name: string;
  /** Of its manifest. */
  readonly digest: string;
  readonly base?: NamedBase;
  /** What the base took from the machine that made it. */
  readonly runtime?: readonly RuntimePart[];
  /** The image that it replaces because the base has moved. */
  readonly rebaseOf?: ReplacedImage;
  /** SHA-256, hexadecimal, of the locks that it is made of; of an image there is one. */
  readonly locks: readonly string[];
  readonly commit?: string;
  /** URL of the stack's repository. */
  readonly source?: string;
}

export interface BillPackage {
  readonly hash: string;
  readonly name: string;
  readonly version: string;
  readonly namespace: string;
  /** `+pic build_type=Release` */
  readonly variants: string;
  /** `linux-debian12-x86_64_v3` */
  readonly architecture: string;
  /** `gcc@12.4.0`; unknown for what needs none. */
  readonly compiler?: string;
  /**
   * `image`: its files are in it; `build`: others were built with it; `external`: the base or the machine brings it.
   */
  readonly role: 'image' | 'build' | 'external';
  readonly prefix?: string;
  /** SHA-256 of each patch, hexadecimal. */
  readonly patches: readonly string[];
  readonly tarball?: PackageTarball;
  readonly facts: PackageFacts;
  readonly dependencies: readonly { readonly hash: string; readonly types: readonly DependencyType[] }[];
}

interface BillOptions extends Omit<Bill, 'packages' | 'roots'> {
  readonly lock: Lockfile;
  /** The part of the lock in the image; by default what the roots link and run. */
  readonly contents?: ImageContentKind;
  /** Only packages for this architecture, as image indexes name it, are in the image. */
  readonly architecture?: string;
  /** By DAG hash, for what the mirror has. */
  readonly entries: ReadonlyMap<string, PackageEntry>;
  /** By DAG hash. */
  readonly facts: ReadonlyMap<string, PackageFacts>;
}

/** Makes the bill of an image of a lock. */
export function makeBill(options: BillOptions): Bill {
  const { lock, contents, architecture, image, created, toolVersion } = options;
  const chosen = packagesOf(lock, contents).filter(
    (node) => architecture === undefined || architectureOf(node) === architecture,
  );
  const held = new Set(chosen.map(({ hash }) => hash));
  const order = topologicalOrder(lock, closure(lock, held, ['link', 'run', 'build']));
  const packages = order.map((node) => ({ ...describe(node, options), role: roleOf(node, held) }));
  const roots = [...new Set(lock.roots.map(({ hash }) => hash).filter((hash) => held.has(hash)))];
  return { image, packages, roots, created, toolVersion };
}

/** `pkg:generic/zlib-ng@2.2.1?…`: as package URLs have it for what no ecosystem of theirs names. */
export function packageUrl({ name, version, facts }: Pick<BillPackage, 'name' | 'version' | 'facts'>): string {
  const { url, sha256, git, commit } = facts.source ?? {};
  const qualifiers = [
    ...(sha256 === undefined ? [] : [`checksum=${encodeURIComponent(`sha256:${sha256}`)}`]),
    ...(url === undefined ? [] : [`download_url=${encodeURIComponent(url)}`]),
    ...(git === undefined || commit === undefined ? [] : [`vcs_url=${encodeURIComponent(`git+${git}@${commit}`)}`]),
  ];
  const query = qualifiers.length === 0 ? '' : `?${qualifiers.join('&')}`;
  return `pkg:generic/${encodeURIComponent(name)}@${encodeURIComponent(version)}${query}`;
}

/** `pkg:oci/stack@sha256%3A…?repository_url=ghcr.io/lab/stack` */
export function imageUrl({ name, digest }: Pick<BillImage, 'name' | 'digest'>): string {
  const last = name.split('/').at(-1) ?? name;
  return `pkg:oci/${encodeURIComponent(last)}@${encodeURIComponent(digest)}?repository_url=${encodeURIComponent(name)}`;
}

function roleOf(node: SpecNode, held: ReadonlySet<string>): BillPackage['role'] {
  if (node.external !== undefined) return 'external';
  return held.has(node.hash) ? 'image' : 'build';
}

function describe(node: SpecNode, { lock, entries, facts }: BillOptions): Omit<BillPackage, 'role'> {
  const { hash, name, version, namespace, external, patches = [] } = node;
  const compiler = compilerOf(node, lock.nodes);
  const edges = dependenciesOf(node, ['link', 'run', 'build']);
  return {
    hash,
    name,
    version,
    namespace,
    variants: variantsText(node),
    architecture: architectureText(node),
    compiler: compiler && `${compiler.name}@${compiler.version}`,
    prefix: typeof external?.path === 'string' ? external.path : undefined,
    patches,
    tarball: entries.get(hash)?.tarball,
    facts: facts.get(hash) ?? {},
    dependencies: edges.map((edge) => ({ hash: edge.hash, types: edge.parameters.deptypes })),
  };
}
