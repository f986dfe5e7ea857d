import { pythonJson, type IndexEntry, type SpecNode } from '../../spack/index.ts';
import type { IndexRow, IndexRows } from './index-rows.ts';
import { memberOf } from './index-statement.ts';
import { SetDigest } from './set-digest.ts';

/** A package whose entry is on the mirror: what its spec file holds, the package first. */
export interface RecordedEntry {
  readonly nodes: readonly [SpecNode, ...SpecNode[]];
  /** SHA-256 of the manifest as it is stored; empty if it is not known. */
  readonly manifest: string;
}

/** The changes that an index's rows go through. Call them in the writers' turn. */
export class IndexRecord {
  readonly #rows: IndexRows;

  constructor(rows: IndexRows) {
    this.#rows = rows;
  }

  /**
   * Adds a package; its dependencies are named too, as absent unless they are known to be there. Twice changes nothing.
   */
  add({ nodes, manifest }: RecordedEntry): void {
    const fresh = nodes.filter(({ hash }) => this.#rows.row(hash) === undefined);
    const isKnown = !fresh.includes(nodes[0]);
    for (const node of fresh) this.#rows.insert({ hash: node.hash, node: pythonJson(node) });
    for (const node of fresh) for (const { hash } of node.dependencies ?? []) this.#rows.countReference(hash);
    const isChanged = this.#mark(nodes[0].hash, { present: true, manifest });
    if (isKnown && isChanged) this.#alter();
  }

  /** What another writer's index names. */
  adopt(entries: readonly IndexEntry[], digest: string): void {
    const isFirst = this.#rows.fact('published') === undefined && this.#rows.lastSeq() === 0;
    for (const { spec } of entries) {
      if (this.#rows.row(spec.hash) !== undefined) continue;
      this.#rows.insert({ hash: spec.hash, node: pythonJson(spec) });
    }
    for (const entry of entries) {
      if (entry.in_buildcache && this.#rows.row(entry.spec.hash)?.present === false)
        this.#mark(entry.spec.hash, { present: true, manifest: '' });
    }
    if (entries.length > 0) {
      this.#rows.relink();
      this.#alter();
    }
    // Its text is not one of ours to be added to, but it need not be written again as long as nothing changes.
    this.#rows.setFact('published', digest);
    this.#rows.setFact('size', '0');
    if (isFirst) this.#rows.setFact('through', String(this.#rows.lastSeq()));
    this.#rows.setFact('stale', isFirst ? '' : '1');
  }

  /** Takes entries out; what nothing names any more goes with them. */
  drop(hashes: Iterable<string>): void {
    let count = 0;
    for (const hash of hashes) {
      if (this.#rows.row(hash)?.present !== true) continue;
      this.#mark(hash, { present: false, manifest: '' });
      count += 1;
    }
    if (count === 0) return;
    this.#rows.relink();
    this.#alter();
  }

  clear(): void {
    this.#rows.clear();
    this.#rows.setFact('entries', new SetDigest().state);
    this.#rows.setFact('count', '0');
    this.#rows.setFact('stale', '1');
    this.#alter();
  }

  /** How many entries are on the mirror. */
  count(): number {
    return Number(this.#rows.fact('count') ?? 0);
  }

  /** Digest of all entries with their manifests, as a statement names it. */
  entriesDigest(): string {
    return new SetDigest(this.#rows.fact('entries')).digest;
  }

  /** Lets readers know that rows which they have read may be different now. */
  #alter(): void {
    this.#rows.setFact('altered', String(Number(this.#rows.fact('altered') ?? 0) + 1));
  }

  /** Returns whether the package came to the mirror, or left it. */
  #mark(hash: string, change: Pick<IndexRow, 'present' | 'manifest'>): boolean {
    const before = this.#rows.row(hash);
    if (before === undefined) return false;
    const manifest = change.present && change.manifest === '' ? before.manifest : change.manifest;
    if (before.present === change.present && before.manifest === manifest) return false;
    const digest = new SetDigest(this.#rows.fact('entries'));
    if (before.manifest !== '') digest.delete(memberOf(hash, before.manifest));
    if (manifest !== '') digest.add(memberOf(hash, manifest));
    this.#rows.setFact('entries', digest.state);
    this.#rows.mark(hash, { present: change.present, manifest });
    this.#rows.setFact('count', String(this.count() + Number(change.present) - Number(before.present)));
    const isPublished = before.seq <= Number(this.#rows.fact('through') ?? 0);
    if (isPublished && before.present !== change.present) this.#rows.setFact('stale', '1');
    return before.present !== change.present;
  }
}
