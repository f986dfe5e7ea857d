import { appendFileSync, cpSync, lstatSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { folderStore, packPrefix, pushEntry, type ObjectStore } from '../src/mirror/index.ts';
import { withHash, writeLockfile, writeSpecFile, type Lockfile, type SpecNode } from '../src/spack/index.ts';
import type { Cost } from './measure.ts';

const MEGABYTE = 2 ** 20;
const PACKAGES = 15;
const STORE = '/opt/stack';

/** A stack whose packages are folders of this machine: real programs, libraries, scripts and texts. */
export interface ImageLab {
  readonly folder: string;
  /** Below it each package's prefix. */
  readonly prefixes: string;
  /** Bytes of all files. */
  readonly bytes: number;
  /** Path of the lock, as it is now. */
  readonly lock: string;
  readonly mirror: string;
  /** What packing all packages and pushing them to the mirror took. */
  readonly packing: Cost;
  /**
   * Changes a file of the smallest package and pushes it; gives back the bytes of its new tarball, and what that took.
   */
  change(): Promise<Pushed>;
}

interface Pushed {
  readonly size: number;
  readonly packing: Cost;
}

export async function imageLab(folder: string): Promise<ImageLab> {
  const prefixes = join(folder, 'prefixes');
  const store = folderStore(join(folder, 'mirror'), { durable: false });
  mkdirSync(prefixes, { recursive: true });
  const sources = chooseFolders();
  const nodes = sources.map(({ path }, index) => nodeOf(`part-${index}-${basename(path)}`, '1.0'));
  const lock = join(folder, 'spack.lock');
  const packing = { wallMs: 0, cpuMs: 0 };
  for (const [index, { path }] of sources.entries()) {
    const target = join(prefixes, prefixName(nodes[index] as SpecNode));
    cpSync(path, target, { recursive: true, verbatimSymlinks: true });
    mkdirSync(join(target, '.spack'), { recursive: true });
    add(packing, (await push(store, { folder, prefixes, nodes }, nodes[index] as SpecNode)).packing);
  }
  writeFileSync(lock, writeLockfile(lockOf(nodes)));
  return {
    folder,
    prefixes,
    bytes: sources.reduce((sum, { bytes }) => sum + bytes, 0),
    lock,
    mirror: join(folder, 'mirror'),
    packing,
    change: async () => {
      const before = nodes.pop() as SpecNode;
      const after = nodeOf(before.name, `${before.version}.1`);
      nodes.push(after);
      renameSync(join(prefixes, prefixName(before)), join(prefixes, prefixName(after)));
      appendFileSync(join(prefixes, prefixName(after), 'changed'), `${after.version}\n`);
      const pushed = await push(store, { folder, prefixes, nodes }, after);
      writeFileSync(lock, writeLockfile(lockOf(nodes)));
      return pushed;
    },
  };
}

/** The largest folders of 2 to 60 MB among this system's, the smallest last. */
function chooseFolders(): readonly { path: string; bytes: number }[] {
  const candidates = ['/usr/lib', '/usr/share'].flatMap((root) =>
    readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(root, name)),
  );
  return candidates
    .map((path) => ({ path, bytes: sizeOf(path, 60 * MEGABYTE) }))
    .filter(({ bytes }) => bytes >= 2 * MEGABYTE && bytes < 60 * MEGABYTE)
    .toSorted((a, b) => b.bytes - a.bytes)
    .slice(0, PACKAGES);
}

/** Bytes of the plain files below a folder; what is over the limit is not counted to its end. */
function sizeOf(folder: string, limit: number): number {
  let size = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) size += sizeOf(path, limit - size);
    else if (entry.isFile()) size += lstatSync(path).size;
    if (size > limit) break;
  }
  return size;
}

function nodeOf(name: string, version: string): SpecNode {
  return withHash({
    name: name.replace(/[^a-z0-9-]/g, '-'),
    version,
    arch: { platform: 'linux', platform_os: 'debian12', target: 'x86_64' },
    namespace: 'bench',
    parameters: {},
    package_hash: version,
  });
}

function lockOf(nodes: readonly SpecNode[]): Lockfile {
  return {
    lockfileVersion: 6,
    specfileVersion: 5,
    spack: {},
    roots: nodes.map(({ name, hash }) => ({ spec: name, hash })),
    nodes: new Map(nodes.map((node) => [node.hash, node])),
  };
}

function prefixName({ name, version, hash }: SpecNode): string {
  return `${name}-${version}-${hash}`;
}

function add(sum: { wallMs: number; cpuMs: number }, { wallMs, cpuMs }: Cost): void {
  sum.wallMs += wallMs;
  sum.cpuMs += cpuMs;
}

async function push(
  store: ObjectStore,
  lab: { folder: string; prefixes: string; nodes: readonly SpecNode[] },
  node: SpecNode,
): Promise<Pushed> {
  const lock = lockOf(lab.nodes);
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  const tarball = await packPrefix({
    folder: join(lab.prefixes, prefixName(node)),
    prefix: `${STORE}/${prefixName(node)}`,
    output: join(lab.folder, 'tarball.tar.gz'),
    node,
    prefixes: new Map([[node.hash, `${STORE}/${prefixName(node)}`]]),
    specFile: writeSpecFile(lock, node.hash),
  });
  await pushEntry(store, { lock, hash: node.hash, tarball });
  const { user, system } = process.cpuUsage(cpu);
  return { size: tarball.size, packing: { wallMs: performance.now() - wall, cpuMs: (user + system) / 1000 } };
}
