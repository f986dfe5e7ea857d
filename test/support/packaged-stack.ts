import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { folderStore, packPrefix, pushEntry, readEntry, type Entry, type ObjectStore } from '../../src/mirror/index.ts';
import {
  formatRunEnvironment,
  runEnvironmentFile,
  withHash,
  writeSpecFile,
  type DependencyType,
  type Lockfile,
  type RunEnvironment,
  type SpecNode,
} from '../../src/spack/index.ts';
import { removeFolder } from './remove-folder.ts';

export interface TestPackage {
  readonly name: string;
  /** Path below the prefix to content; what is in `bin` is executable. */
  readonly files: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, readonly DependencyType[]>>;
  readonly isRoot?: boolean;
  readonly target?: string;
  /** What it records of the environment of its users, given the hashes of packages by name. */
  readonly environment?: (hashOf: (name: string) => string) => RunEnvironment;
  /** Is on the machine and in no mirror. */
  readonly isExternal?: boolean;
}

export interface PackagedStack {
  readonly folder: string;
  readonly lock: Lockfile;
  readonly store: ObjectStore;
  /** As read from the mirror, and said to be signed. */
  readonly entries: ReadonlyMap<string, Entry>;
  prefixOf(name: string): string;
  remove(): Promise<void>;
}

const storeRoot = '/opt/stack';

/** A lock and a folder mirror with these packages in it; dependencies come before those that need them. */
export async function packagedStack(packages: readonly TestPackage[]): Promise<PackagedStack> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-stack-'));
  const nodes = new Map<string, SpecNode>();
  for (const one of packages) nodes.set(one.name, nodeOf(one, nodes));
  const byHash = new Map([...nodes.values()].map((node) => [node.hash, node]));
  const roots = packages
    .filter(({ isRoot }) => isRoot === true)
    .map(({ name }) => ({ hash: nodes.get(name)?.hash ?? '', spec: name }));
  const lock: Lockfile = { lockfileVersion: 6, specfileVersion: 5, spack: {}, roots, nodes: byHash };
  const store = folderStore(join(folder, 'mirror'), { durable: false });
  const entries = new Map<string, Entry>();
  for (const one of packages) {
    const node = nodes.get(one.name) as SpecNode;
    if (one.isExternal === true) continue;
    const environment = one.environment?.((name) => nodes.get(name)?.hash ?? '');
    await push(store, { folder, lock, node, files: one.files, environment });
    const entry = (await readEntry(store, node, { requireSignature: false })) as Entry;
    entries.set(node.hash, { ...entry, signedBy: '0'.repeat(40) });
  }
  const remove = () => removeFolder(folder);
  return { folder, lock, store, entries, prefixOf: (name) => prefixOf(nodes.get(name) as SpecNode), remove };
}

function nodeOf(one: TestPackage, nodes: ReadonlyMap<string, SpecNode>): SpecNode {
  const dependencies = Object.entries(one.dependencies ?? {}).map(([name, deptypes]) => ({
    name,
    hash: nodes.get(name)?.hash ?? '',
    parameters: { deptypes, virtuals: [] },
  }));
  return withHash({
    name: one.name,
    version: '1.0',
    arch: { platform: 'linux', platform_os: 'debian12', target: one.target ?? 'x86_64' },
    namespace: 'test',
    parameters: {},
    ...(one.isExternal === true ? { external: { path: '/usr' } } : {}),
    package_hash: JSON.stringify(one.files).length.toString(),
    dependencies,
  });
}

function prefixOf({ name, version, hash }: SpecNode): string {
  return `${storeRoot}/${name}-${version}-${hash}`;
}

async function push(
  store: ObjectStore,
  {
    folder,
    lock,
    node,
    files,
    environment,
  }: Pick<TestPackage, 'files'> & {
    folder: string;
    lock: Lockfile;
    node: SpecNode;
    environment: RunEnvironment | undefined;
  },
): Promise<void> {
  const prefix = join(folder, 'prefixes', node.name);
  await mkdir(prefix, { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(prefix, path)), { recursive: true });
    await writeFile(join(prefix, path), text);
    await chmod(join(prefix, path), path.startsWith('bin/') ? 0o755 : 0o644);
  }
  const output = join(folder, `${node.name}.tar.gz`);
  const prefixes = new Map([...lock.nodes.values()].map((one) => [one.hash, prefixOf(one)]));
  const record = environment === undefined ? undefined : formatRunEnvironment(environment);
  const tarball = await packPrefix({
    folder: prefix,
    prefix: prefixOf(node),
    output,
    node,
    prefixes,
    specFile: writeSpecFile(lock, node.hash),
    metadata: record === undefined ? {} : { [basename(runEnvironmentFile)]: record },
  });
  await pushEntry(store, { lock, hash: node.hash, tarball });
}
