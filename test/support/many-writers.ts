import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  IndexPublisher,
  folderStore,
  indexPath,
  isFault,
  storeFromUrl,
  sweepTemporary,
  verifyMirror,
  writeLayout,
  type MirrorEnvironment,
  type ObjectStore,
} from '../../src/mirror/index.ts';
import { crowdLock } from './crowd-lock.ts';
import { gather } from './gather.ts';

const worker = fileURLToPath(new URL('push-worker.mts', import.meta.url));
const tsx = import.meta.resolve('tsx');

export interface Crowd {
  readonly writers: number;
  readonly entries: number;
  /** How many of the writers are killed with `kill -9`, each after as many pushes as its number says. */
  readonly killed: number;
}

export interface CrowdResult {
  /** Hashes whose push was reported as a success. */
  readonly reported: readonly string[];
  /** How the writers that were not killed ended. */
  readonly exits: readonly (number | null)[];
  /** Packages that the index names and that are on the mirror, after it was healed. */
  readonly indexed: ReadonlySet<string>;
  readonly faults: readonly string[];
  readonly verified: number;
}

/**
 * Lets processes push to one folder mirror at once, which share its record; heals the mirror as the next start does.
 */
export async function crowd(folder: string, scale: Crowd): Promise<CrowdResult> {
  const mirror = join(folder, 'mirror');
  const store = folderStore(mirror);
  const pushed = await pushAtOnce({ store, place: mirror, environment: {} }, scale);
  await sweepTemporary(mirror);
  const publisher = new IndexPublisher(store, { requireSignature: false }, { path: indexPath(mirror) });
  return { ...pushed, ...(await healed(store, publisher)) };
}

/** The same on S3 (`s3://…`), where each process has a record of its own, as on different machines. */
export async function crowdOnS3(url: string, environment: MirrorEnvironment, scale: Crowd): Promise<CrowdResult> {
  const store = await storeFromUrl(url, environment);
  const pushed = await pushAtOnce({ store, place: url, environment }, scale);
  return { ...pushed, ...(await healed(store, new IndexPublisher(store))) };
}

async function pushAtOnce(
  { store, place, environment }: { store: ObjectStore; place: string; environment: MirrorEnvironment },
  { writers, entries, killed }: Crowd,
): Promise<Pick<CrowdResult, 'reported' | 'exits'>> {
  await writeLayout(store);
  const reported: string[] = [];
  const ends = Array.from({ length: writers }, async (_, number) => {
    const words = ['--import', tsx, worker, place, String(entries), String(writers), String(number)];
    const env = { ...process.env, ...environment };
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'], env });
    const exit = once(child, 'exit');
    let pushes = 0;
    for await (const hash of createInterface({ input: child.stdout })) {
      if (hash.length < 32) continue; // cut off by the kill
      reported.push(hash);
      pushes += 1;
      if (number < killed && pushes === number + 1) child.kill('SIGKILL');
    }
    const [code] = (await exit) as [number | null];
    return number < killed ? undefined : code;
  });
  const exits = (await Promise.all(ends)).filter((code) => code !== undefined);
  return { reported, exits };
}

async function healed(
  store: ObjectStore,
  publisher: IndexPublisher,
): Promise<Pick<CrowdResult, 'indexed' | 'faults' | 'verified'>> {
  await publisher.heal();
  const installs = (await publisher.current()).installs;
  publisher.close();
  const findings = await gather(verifyMirror(store, { requireSignature: false }));
  return {
    indexed: new Set([...installs].filter(([, { in_buildcache }]) => in_buildcache).map(([hash]) => hash)),
    faults: findings.filter(isFault).map(({ message }) => message),
    verified: findings.filter(({ kind }) => kind === 'ok').length,
  };
}

/** What must hold after a crowd, as sentences that are wrong; none if all is well. */
export function brokenPromises({ entries, writers, killed }: Crowd, result: CrowdResult): readonly string[] {
  const lost = result.reported.filter((hash) => !result.indexed.has(hash));
  const survivors = [...crowdLock(entries).nodes.keys()].filter((_, at) => at % writers >= killed);
  const missing = survivors.filter((hash) => !result.reported.includes(hash));
  return [
    ...result.faults,
    ...lost.map((hash) => `${hash} was reported and is not in the index`),
    ...missing.map((hash) => `${hash} was to be pushed by a writer that was not killed`),
    ...(result.exits.every((code) => code === 0) ? [] : [`writers ended with ${result.exits.join(', ')}`]),
    ...(result.verified === result.indexed.size ? [] : ['the index does not name what is there']),
  ];
}
