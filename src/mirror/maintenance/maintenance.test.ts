import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maintenanceDifferences } from '../../../test/support/maintenance-lab.ts';
import { memoryStore } from '../../../test/support/memory-store.ts';
import { gather } from '../../../test/support/gather.ts';
import { manyPackages, plainTarball } from '../../../test/support/many-packages.ts';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { signedMirror } from '../../../test/support/signed-mirror.ts';
import { IndexPublisher } from '../catalog/index-publisher.ts';
import { writeLayout } from '../catalog/keys.ts';
import { writeView } from '../catalog/view.ts';
import { removableBefore } from '../entries/blob-age.ts';
import type { Entry } from '../entries/entry.ts';
import { pushEntry } from '../layouts/push.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { lockDigest, readIndexFile, v2IndexKey, writeLockfile } from '../../spack/index.ts';
import { migrateMirror } from '../layouts/migrate.ts';
import { v2Layout } from '../layouts/v2-layout.ts';
import { v3Layout } from '../layouts/v3-layout.ts';
import { installTree } from '../relocation/install-tree.ts';
import { prefixedStore } from '../stores/prefixed-store.ts';
import { copyEntries, packagesOfLock } from './copy-entries.ts';
import { isFault } from './finding.ts';
import { inFlight } from './in-flight.ts';
import { preparePruning, prune } from './prune.ts';
import { planPrune, type PrunableEntry } from './prune-plan.ts';
import { mirrorUsage } from './usage.ts';
import { verifyMirror } from './verify.ts';

describe('care of a mirror', () => {
  test.each([1, 2, 3, 4, 5, 6])('keeps and removes what a plain computation says, seed %i', async (seed) => {
    expect(await maintenanceDifferences(seed, 120)).toEqual([]);
  });

  test('plans the pruning of 10,000 entries as a plain computation does', () => {
    const names = fc.nat({ max: 9_999 }).map(String);
    const entry = fc.record({
      needs: fc.array(names, { maxLength: 4 }),
      modified: fc.option(fc.nat({ max: 1000 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(
        fc.array(entry, { minLength: 10_000, maxLength: 10_000 }),
        fc.uniqueArray(names, { maxLength: 50 }),
        (all, named) => {
          const entries: PrunableEntry[] = all.map((one, index) => ({
            ...one,
            hash: String(index),
            blobs: [`t${index % 6000}`, `s${index}`],
          }));
          const plan = planPrune(entries, { named: new Set(named), since: 990 });
          const stays = entries.map(
            ({ hash, modified }) => named.includes(hash) || modified === undefined || modified >= 990,
          );
          for (let changed = true; changed;) {
            changed = false;
            for (const [index, { needs }] of entries.entries()) {
              if (!stays[index]) continue;
              for (const need of needs) {
                if (!stays[Number(need)]) changed = stays[Number(need)] = true;
              }
            }
          }
          expect(plan.removed).toEqual(entries.filter((_, index) => !stays[index]).map(({ hash }) => hash));
          const used = new Set(entries.flatMap(({ blobs }, index) => (stays[index] ? blobs : [])));
          const gone = new Set(entries.flatMap(({ blobs }) => blobs).filter((blob) => !used.has(blob)));
          expect(new Set(plan.blobs)).toEqual(gone);
        },
      ),
      { numRuns: 3, seed: 7 },
    );
  });

  test('never plans to remove what an image in use was made of, however old', async () => {
    const mirror = await signedMirror();
    const isOld = { named: new Set<string>(), since: Infinity, blobsSince: Infinity };
    expect((await preparePruning(mirror.store, isOld)).removed).toHaveLength(2);
    await writeView(mirror.store, { lock: mirror.lock, lockDigest: lockDigest(writeLockfile(mirror.lock)) });
    expect((await preparePruning(mirror.store, isOld)).removed).toEqual([]);
  });

  test('a push at any moment of a pruning keeps its entry, its blobs and its row of the index', async () => {
    const now = Date.now();
    const moments: number[] = [];
    for (let moment = 0, goesOn = true; goesOn; moment += 1) {
      const { store, push } = await oldEntry(now);
      let asked = 0;
      // Looks and puts are the moments; a removal follows its own look at once.
      const between = async <T>(act: () => Promise<T>): Promise<T> => {
        if (asked++ === moment) await push();
        return act();
      };
      const watched: ObjectStore = {
        ...store,
        get: (key) => between(() => store.get(key)),
        head: (key) => between(() => store.head(key)),
        async *list(prefix) {
          yield* await between(() => gather(store.list(prefix)));
        },
      };
      const rules = { named: new Set<string>(), since: now - 1000, blobsSince: removableBefore(now) };
      const pruning = await preparePruning(watched, rules);
      await prune(watched, pruning, { publisher: new IndexPublisher(watched) });
      goesOn = asked > moment;
      if (!goesOn) continue;
      moments.push(moment);
      const { installs } = await new IndexPublisher(store).current();
      expect([...installs.keys()], `pushed before request ${moment}`).toHaveLength(1);
      expect(
        (await gather(verifyMirror(store, { requireSignature: false, readTarballs: false }))).filter(isFault),
      ).toEqual([]);
    }
    expect(moments.length).toBeGreaterThan(10);
  });

  test('reports how much of an index, an installation and a pruning is done', async () => {
    const mirror = await signedMirror();
    const { store, gauge } = mirror;
    const read = { requireSignature: false };
    const layout = v3Layout(store);
    const seen: (readonly [number, number?])[] = [];
    const onProgress = (done: number, total?: number) => void seen.push([done, total]);
    const publisher = mirror.publisher();
    await publisher.rebuild(onProgress);
    await gather(migrateMirror(layout, v2Layout(store), { read, scratch: await temporaryFolder() }));
    await v2Layout(store).publishIndex(onProgress);
    const entry = (await layout.read(gauge, read)) as Entry;
    await installTree({ layout, entry, read, root: await temporaryFolder(), onProgress });
    const rules = { named: new Set<string>(), since: Infinity, blobsSince: Infinity, onProgress };
    const pruning = await preparePruning(store, rules);
    const of = (total: number, from = 1) => Array.from({ length: total }, (_, index) => [index + from, total]);
    expect(seen.splice(0)).toEqual([...of(2), ...of(2), ...of(2, 0), ...of(2)]);
    await prune(store, pruning, { publisher, onProgress });
    publisher.close();
    expect(seen).toEqual(of(2 + pruning.blobs.length + pruning.litter.length));
  });

  test('takes what goes out of both layouts, where a mirror has both', async () => {
    const mirror = await signedMirror();
    const { store, gauge, tide, verifier, signer } = mirror;
    const read = { verifier, requireSignature: true };
    const scratch = await temporaryFolder();
    const sign = (text: string) => signer.sign(text);
    await gather(migrateMirror(v3Layout(store), v2Layout(store), { read, scratch, sign }));
    const keysOf = async (name: string) =>
      (await gather(store.list('build_cache/'))).map(({ key }) => key).filter((key) => key.includes(`-${name}-`));
    expect(await keysOf('gauge')).toHaveLength(2);
    const publisher = mirror.publisher();
    const rules = { named: new Set([tide.hash]), since: Infinity, blobsSince: Infinity };
    expect(await prune(store, await preparePruning(store, rules), { publisher })).toEqual([gauge.hash]);
    publisher.close();
    expect([await keysOf('gauge'), (await keysOf('tide')).length]).toEqual([[], 2]);
    expect((await v2Layout(store).read(tide, read))?.id.name).toBe('tide');
    const { installs } = readIndexFile((await store.get(v2IndexKey))!.toString());
    expect([...installs.keys()]).toEqual([tide.hash]);
    expect((await gather(verifyMirror(store, read))).filter(isFault)).toEqual([]);
  });

  test('copies signatures and all, and nothing at all where a package is missing', async () => {
    const { store, lock, verifier, gauge } = await signedMirror();
    const other = memoryStore();
    const read = { verifier, requireSignature: true };
    const publisher = new IndexPublisher(other, read);
    const scratch = (await signedMirror()).folder;
    const copy = (ids = packagesOfLock(lock)) => gather(copyEntries(store, other, { ids, read, publisher, scratch }));
    const absent = { ...gauge, hash: 'a'.repeat(32) };
    await expect(copy([gauge, absent])).rejects.toMatchObject({ code: 'MIRROR_COPY_INCOMPLETE' });
    expect(await gather(other.list(''))).toEqual([]);
    expect((await copy()).map(({ isNew }) => isNew)).toEqual([true, true]);
    expect((await copy()).map(({ isNew }) => isNew)).toEqual([false, false]);
    expect((await gather(verifyMirror(other, read))).filter(isFault)).toEqual([]);
  });

  test('a view’s index is signed for when the mirror’s notary is there', async () => {
    const { store, lock, verifier, signer } = await signedMirror();
    const digest = lockDigest(writeLockfile(lock));
    const prefix = await writeView(store, { lock, lockDigest: digest, sign: (text) => signer.sign(text) });
    const view = prefixedStore(store, prefix);
    const read = { verifier, requireSignature: true, expected: { number: 1 } };
    expect((await gather(verifyMirror(view, read))).map(({ kind }) => kind)).toEqual(['ok', 'ok']);
    const [manifest] = await gather(view.list('v3/manifests/spec/gauge'));
    await view.remove!(manifest!.key);
    expect((await gather(verifyMirror(view, read))).map(({ kind }) => kind)).toContain('entries-replayed');
  });

  test('shows what takes the room', async () => {
    const { store, tarballs } = await signedMirror();
    const usage = await mirrorUsage(store);
    expect(usage.entries).toBe(2);
    expect(usage.packages.map(({ name }) => name).toSorted()).toEqual(['gauge', 'tide']);
    expect(usage.bytes).toBe(
      usage.documents + usage.unused + usage.packages.reduce((sum, { bytes }) => sum + bytes, 0),
    );
    expect(usage.bytes).toBeGreaterThan(tarballs.gauge.size + tarballs.tide.size);
  });
});

/** A mirror of one package that was pushed a month ago, and what pushes it once more, as a job does. */
async function oldEntry(now: number) {
  const store = memoryStore();
  const folder = await temporaryFolder();
  const lock = manyPackages(1);
  const [node] = lock.nodes.values();
  const tarball = await plainTarball(folder, node!);
  const publisher = new IndexPublisher(store);
  const push = async () => {
    await pushEntry(store, { lock, hash: node!.hash, tarball });
    await publisher.add({ version: lock.specfileVersion, nodes: [node!] });
  };
  await writeLayout(store);
  await push();
  for (const { key } of await gather(store.list(''))) store.age(key, now - 30 * 86_400_000);
  return { store, push };
}

test('work in flight comes in order, no more of it at once than allowed, and a failure is reported', async () => {
  let running = 0;
  let most = 0;
  const work = async (delay: number): Promise<number> => {
    most = Math.max(most, (running += 1));
    for (let turn = 0; turn < delay; turn += 1) await Promise.resolve();
    running -= 1;
    return delay;
  };
  expect(await gather(inFlight([180, 20, 100, 0, 60], 3, work))).toEqual([180, 20, 100, 0, 60]);
  expect(most).toBe(3);
  const failing = gather(inFlight([1, 2, 3], 2, (n) => (n === 2 ? Promise.reject(new Error('two')) : work(n))));
  await expect(failing).rejects.toThrow('two');
});
