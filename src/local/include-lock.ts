import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { atomicWrite, ifExists, messageOf, parseJson } from '../kit/index.ts';
import type { PlannedInclude } from '../gitlab/index.ts';
import { localError } from './errors.ts';

export const includeLockFile = 'slipway-includes.lock';

const Lock = z.strictObject({
  version: z.literal(1),
  includes: z.array(
    z.strictObject({
      kind: z.enum(['remote', 'project', 'component', 'template']),
      source: z.string(),
      resolved: z.string(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
});

/** The texts from elsewhere that a user has accepted for a repository, with their digests; the user commits the file. */
export class IncludeLock {
  readonly #path: string;
  readonly #includes: Map<string, PlannedInclude>;

  private constructor(path: string, includes: readonly PlannedInclude[]) {
    this.#path = path;
    this.#includes = new Map(includes.map((one) => [keyOf(one), one]));
  }

  /** Reads the file of a folder; without it the lock is empty. */
  static async open(folder: string): Promise<IncludeLock> {
    const path = join(folder, includeLockFile);
    const text = await ifExists(readFile(path, 'utf8'));
    if (text === undefined) return new IncludeLock(path, []);
    const { data, error } = Lock.safeParse(parseJson(text));
    if (data === undefined) throw localError('CLI_RUN_INCLUDES_LOCK', { file: path, reason: messageOf(error) });
    return new IncludeLock(path, data.includes);
  }

  get includes(): readonly PlannedInclude[] {
    return [...this.#includes.values()];
  }

  has(include: Pick<PlannedInclude, 'kind' | 'source'>): boolean {
    return this.#includes.has(keyOf(include));
  }

  async add(include: PlannedInclude): Promise<void> {
    this.#includes.set(keyOf(include), include);
    const sorted = [...this.#includes.keys()].toSorted().map((key) => this.#includes.get(key));
    await atomicWrite(this.#path, `${JSON.stringify({ version: 1, includes: sorted }, undefined, 2)}\n`);
  }
}

function keyOf({ kind, source }: Pick<PlannedInclude, 'kind' | 'source'>): string {
  return `${kind} ${source}`;
}
