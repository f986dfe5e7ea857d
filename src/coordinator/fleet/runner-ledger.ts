/** What a runner takes, and how it runs jobs. */
export interface RunnerSettings {
  /** Unique, also among runners that were removed, since jobs name their runner. */
  readonly name: string;
  readonly tags: readonly string[];
  readonly runUntagged: boolean;
  readonly protectedOnly: boolean;
  /** Its operator declares that each of its jobs is isolated. */
  readonly sandbox: boolean;
  readonly trusted: boolean;
  /** Names of stacks, or `*`. */
  readonly stacks: readonly string[];
  readonly concurrency?: number;
  readonly cores?: number;
  /** Seconds that a job may take, whatever its own timeout is. */
  readonly maximumTimeout?: number;
  readonly note?: string;
  /** Days after which each of its tokens expires. */
  readonly tokenDays?: number;
  /** It registered itself, with a registration token. */
  readonly isRegistered?: true;
}

/** A runner that was created while the server ran, without its token. */
export interface RunnerRecord extends RunnerSettings {
  readonly id: string;
  readonly paused: boolean;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly rotatedAt?: string;
  readonly expiresAt?: string;
}

/** Digests of the tokens that a runner may send. */
export interface RunnerTokens {
  readonly current: string;
  /** The one before the last rotation, and until when it counts. */
  readonly old?: { readonly digest: string; readonly until: string };
}

interface RunnerWithTokens {
  readonly record: RunnerRecord;
  readonly tokens: RunnerTokens;
}

/** What runners get that register themselves with the token. */
export interface RegistrationToken {
  readonly digest: string;
  readonly stacks: readonly string[];
  readonly sandbox: boolean;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly expiresAt: string;
}

/**
 * Runners that were created or unregistered, stored with digests of their tokens. Several processes may have it open.
 * Every call is one transaction.
 */
export interface RunnerLedger {
  /** Returns a number that is raised by each change of the runners, also by one of another process. */
  revision(): number;
  /** Runners that were not removed, in the order of their creation. */
  runners(): readonly RunnerWithTokens[];
  /** Whether there is a runner, or was one. */
  hasRunners(): boolean;
  /** Whether a runner has the name, or had it before it was removed. */
  hasName(name: string): boolean;
  /** Returns the id of the new runner. */
  addRunner(runner: Omit<RunnerRecord, 'id'>, digest: string): string;
  /** Replaces what the runner takes. */
  setSettings(runner: RunnerRecord): void;
  setPaused(id: string, isPaused: boolean): void;
  setTokens(id: string, tokens: RunnerTokens, times: Pick<RunnerRecord, 'rotatedAt' | 'expiresAt'>): void;
  removeRunner(id: string, at: string): void;
  /** The token that runners register themselves with; undefined if there is none. */
  registrationToken(): RegistrationToken | undefined;
  setRegistrationToken(token: RegistrationToken | undefined): void;
  /** Runners of the configuration that were unregistered, by name and digest: a new token makes one known again. */
  isUnregistered(name: string, digest: string): boolean;
  unregister(name: string, digest: string, at: string): void;
}
