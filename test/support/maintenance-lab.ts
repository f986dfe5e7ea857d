import {
  IndexPublisher,
  copyEntries,
  isFault,
  listEntries,
  packagesOfLock,
  prefixedStore,
  preparePruning,
  prune,
  putBlob,
  removableBefore,
  verifyMirror,
  writeSnapshot,
  writeView,
  type ObjectStore,
  gzip,
} from '../../src/mirror/index.ts';
import { sha256 } from '../../src/kit/index.ts';
import {
  blobKey,
  formatManifest,
  lockDigest,
  manifestKey,
  parseBlobKey,
  specMediaType,
  specNodes,
  withHash,
  writeLockfile,
  writeSpecFile,
  type Lockfile,
  type SpecNode,
} from '../../src/spack/index.ts';
import { gather } from './gather.ts';
import { memoryStore } from './memory-store.ts';

/** Numbers below a bound, the same for the same seed. */
export function numbers(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    return (state >>> 8) % bound;
  };
}

const anyhow = { requireSignature: false };
const DAY = 86_400_000;

/** A mirror of so many packages that need each other at random, each of a random age in days; some share a tarball. */
export class CareLab {
  readonly store = memoryStore();
  readonly nodes: readonly SpecNode[];
  readonly days = new Map<string, number>();
  readonly tarballs = new Map<string, string>();
  readonly now = 1_800_000_000_000;
  readonly #draw: (bound: number) => number;

  constructor(seed: number, count: number) {
    this.#draw = numbers(seed);
    const nodes: SpecNode[] = [];
    while (nodes.length < count) nodes.push(this.#node(nodes));
    this.nodes = nodes;
  }

  #node(before: readonly SpecNode[]): SpecNode {
    // Needs stay among sixty neighbours, so that closures are as large as those of real packages.
    const near = before.slice(before.length - (before.length % 60));
    const wanted = near.length === 0 ? 0 : this.#draw(4);
    const needs = new Set(Array.from({ length: wanted }, () => near[this.#draw(near.length)]!));
    const dependencies = [...needs].map(({ name, hash }) => {
      const deptypes = [['build'], ['link'], ['build', 'link', 'run'], ['run']][this.#draw(4)] as (
        | 'build'
        | 'link'
        | 'run'
      )[];
      return { name, hash, parameters: { deptypes, virtuals: [] } };
    });
    return withHash({
      name: `package-${before.length}`,
      version: '1',
      arch: { platform: 'linux', platform_os: 'debian13', target: 'x86_64' },
      namespace: 'lab',
      parameters: {},
      ...(dependencies.length > 0 ? { dependencies } : {}),
      annotations: { original_specfile_version: 5 },
    });
  }

  /** A lock of some of the packages with all that they need. */
  lock(roots: number): Lockfile {
    const all = { nodes: new Map(this.nodes.map((node) => [node.hash, node])) };
    const chosen = Array.from({ length: roots }, () => this.nodes[this.#draw(this.nodes.length)]!);
    const nodes = new Map(chosen.flatMap(({ hash }) => specNodes(all, hash)).map((node) => [node.hash, node]));
    const named = chosen.map(({ hash, name }) => ({ hash, spec: name }));
    return { lockfileVersion: 6, specfileVersion: 5, spack: {}, roots: named, nodes };
  }

  async fill(): Promise<void> {
    const all = this.lock(0);
    const lock = { ...all, nodes: new Map(this.nodes.map((node) => [node.hash, node])) };
    for (const [index, node] of this.nodes.entries()) {
      const tarball = Buffer.from(`tarball ${index % 9 === 0 ? index % 27 : node.hash}`);
      const spec = gzip(writeSpecFile(lock, node.hash));
      const record = (bytes: Buffer, mediaType: string) => ({
        contentLength: bytes.length,
        mediaType,
        compression: 'gzip' as const,
        checksumAlgorithm: 'sha256' as const,
        checksum: sha256(bytes),
      });
      const data = [record(tarball, 'application/vnd.spack.install.v2.tar+gzip'), record(spec, specMediaType(5))];
      await putBlob(this.store, sha256(tarball), tarball);
      await putBlob(this.store, sha256(spec), spec);
      await this.store.put(manifestKey(node), Buffer.from(formatManifest({ version: 3, data })));
      const days = this.#draw(100);
      this.days.set(node.hash, days);
      this.store.age(manifestKey(node), this.now - days * DAY);
      this.tarballs.set(node.hash, sha256(tarball));
    }
  }
}

/** What stays, worked out by going over everything until nothing changes any more. */
function plainKept(lab: CareLab, named: ReadonlySet<string>, days: number): ReadonlySet<string> {
  const kept = new Set(
    lab.nodes.map(({ hash }) => hash).filter((hash) => named.has(hash) || lab.days.get(hash)! <= days),
  );
  for (let before = -1; before !== kept.size;) {
    before = kept.size;
    for (const { hash, dependencies = [] } of lab.nodes) {
      if (!kept.has(hash)) continue;
      for (const need of dependencies) {
        if (need.parameters.deptypes.some((type) => type === 'link' || type === 'run')) kept.add(need.hash);
      }
    }
  }
  return kept;
}

async function hashesOn(store: ObjectStore): Promise<readonly string[]> {
  return (await gather(listEntries(store))).map(({ hash }) => hash).toSorted();
}

/** The differences from the plain computation, for pruning, promoting, a view and a snapshot; none if all is well. */
export async function maintenanceDifferences(seed: number, count: number): Promise<readonly string[]> {
  const lab = new CareLab(seed, count);
  await lab.fill();
  const { store } = lab;
  const publisher = new IndexPublisher(store);
  await publisher.rebuild();
  const [image, branch] = [lab.lock(3), lab.lock(2)];
  const wrong: string[] = [];
  const same = (what: string, found: readonly string[], wanted: Iterable<string>): void => {
    const sorted = [...wanted].toSorted();
    if (found.join() !== sorted.join()) wrong.push(`${what}: ${found.length} instead of ${sorted.length}`);
  };
  const view = await writeView(store, { lock: image, lockDigest: lockDigest(writeLockfile(image)) });
  same('view', await hashesOn(prefixedStore(store, view)), image.nodes.keys());
  const other = memoryStore();
  const target = new IndexPublisher(other);
  const copying = { ids: packagesOfLock(branch), read: anyhow, publisher: target, scratch: '/nonexistent' };
  other.adopt = async (_, key, to) => {
    await other.put(to, (await store.get(key))!);
    return true;
  };
  await gather(copyEntries(store, other, copying));
  same('promoted', await hashesOn(other), branch.nodes.keys());
  same('index of promoted', indexed(await target.current()), branch.nodes.keys());

  const days = 10 + (seed % 30);
  const rules = {
    named: new Set(branch.nodes.keys()),
    since: lab.now - days * 86_400_000,
    blobsSince: removableBefore(lab.now),
  };
  const before = await hashesOn(store);
  const pruning = await preparePruning(store, rules);
  same('after a dry run', await hashesOn(store), before);
  await prune(store, pruning, { publisher });
  const kept = plainKept(lab, new Set([...image.nodes.keys(), ...branch.nodes.keys()]), days);
  same('kept', await hashesOn(store), kept);
  same('indexed', indexed(await publisher.current()), kept);
  const blobs = new Set((await gather(store.list('blobs/'))).map(({ key }) => parseBlobKey(key)));
  for (const [hash, digest] of lab.tarballs) {
    const isNeeded = [...kept].some((one) => lab.tarballs.get(one) === digest);
    if (blobs.has(digest) !== isNeeded) wrong.push(`blob ${blobKey(digest)} of ${hash}`);
  }
  const faults = async (mirror: ObjectStore) =>
    (await gather(verifyMirror(mirror, { ...anyhow, readTarballs: false })))
      .filter(isFault)
      .map(({ message }) => message);
  wrong.push(...(await faults(store)), ...(await faults(prefixedStore(store, view))), ...(await faults(other)));
  const snapshot = await writeSnapshot(store, { name: '2026-11-24' });
  same('snapshot', await hashesOn(prefixedStore(store, snapshot)), kept);
  const nothing = await preparePruning(store, { named: new Set(), since: Infinity, blobsSince: Infinity });
  if (nothing.removed.length > 0) wrong.push(`${nothing.removed.length} of a snapshot would be pruned`);
  return wrong;
}

function indexed({ installs }: Awaited<ReturnType<IndexPublisher['current']>>): readonly string[] {
  return [...installs]
    .filter(([, { in_buildcache }]) => in_buildcache)
    .map(([hash]) => hash)
    .toSorted();
}
