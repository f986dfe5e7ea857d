import { sha256 } from '../../kit/index.ts';
import type { RunnerLedger, RunnerRecord } from './runner-ledger.ts';
import type { RunnerTraits } from './runner-traits.ts';

interface Token {
  readonly runner: RunnerTraits;
  /** When it stops to count; undefined: never. */
  readonly until: string | undefined;
}

/** The runners at one revision of the store. */
interface RunnerSet {
  /** Those of the configuration, then those of the store. */
  readonly all: readonly RunnerTraits[];
  /** Names of runners of the configuration that were unregistered. */
  readonly unregistered: ReadonlySet<string>;
  readonly byName: ReadonlyMap<string, RunnerTraits>;
  readonly byDigest: ReadonlyMap<string, Token>;
}

/** A runner of the configuration: the server knows its token, and not only the digest. */
export type ConfiguredTraits = RunnerTraits & { readonly token: string };

/** Joins the runners of the configuration with those of the store, and reads these again after each change. */
export class KnownRunners {
  readonly #configured: readonly (RunnerTraits & { readonly digest: string })[];
  readonly #ledger: RunnerLedger;
  #revision: number | undefined;
  #set: RunnerSet = { all: [], unregistered: new Set(), byName: new Map(), byDigest: new Map() };

  constructor(configured: readonly ConfiguredTraits[], ledger: RunnerLedger) {
    this.#configured = configured.map((runner) => ({ ...runner, digest: sha256(runner.token) }));
    this.#ledger = ledger;
  }

  now(): RunnerSet {
    const revision = this.#ledger.revision();
    if (revision !== this.#revision) this.#set = this.#read();
    this.#revision = revision;
    return this.#set;
  }

  #read(): RunnerSet {
    const stored = this.#ledger.runners();
    const names = new Set(this.#configured.map(({ name }) => name));
    const byDigest = new Map<string, Token>();
    const added = stored.map(({ record, tokens }) => {
      const runner = traitsOf(record, names);
      byDigest.set(tokens.current, { runner, until: record.expiresAt });
      if (tokens.old !== undefined) byDigest.set(tokens.old.digest, { runner, until: tokens.old.until });
      return runner;
    });
    const gone = this.#configured.filter(({ name, digest }) => this.#ledger.isUnregistered(name, digest));
    const unregistered = new Set(gone.map(({ name }) => name));
    for (const runner of this.#configured)
      if (!unregistered.has(runner.name)) byDigest.set(runner.digest, { runner, until: undefined });
    const all = [...this.#configured, ...added];
    // Of two with the same name, the one of the configuration counts.
    const byName = new Map(all.toReversed().map((runner) => [runner.name, runner]));
    return { all, unregistered, byName, byDigest };
  }
}

/** Returns a runner of the store as the scheduler knows it. */
export function traitsOf(record: RunnerRecord, configured: ReadonlySet<string>): RunnerTraits {
  const { id, name, tags, runUntagged, protectedOnly, sandbox, trusted, stacks, paused, maximumTimeout } = record;
  const { concurrency = Number.POSITIVE_INFINITY, cores } = record;
  return {
    id: Number(id),
    name,
    tags,
    runUntagged,
    protectedOnly,
    untrusted: sandbox && !protectedOnly,
    sandbox: sandbox ? 'always' : 'never',
    trusted,
    stacks,
    concurrency,
    cores,
    paused,
    maximumTimeout,
    record,
    ...(configured.has(name) && { obstacle: `The configuration has another runner with the name \`${name}\`` }),
  };
}
