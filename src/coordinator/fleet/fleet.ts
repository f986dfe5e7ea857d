import { randomBytes } from 'node:crypto';
import { sha256, timestamp, type Clock } from '../../kit/index.ts';
import type { RegistrationRequest, RunnerChange, RunnerRequest } from '../../protocol/index.ts';
import { coordinatorError } from '../errors.ts';
import type { ServerConfiguration } from '../configuration/server-configuration.ts';
import { traitsOf } from './known-runners.ts';
import type { RegistrationToken, RunnerLedger, RunnerRecord, RunnerSettings } from './runner-ledger.ts';
import type { RunnerTraits } from './runner-traits.ts';

interface FleetParts {
  readonly ledger: RunnerLedger;
  readonly clock: Clock;
  /** Its runners have their positions as ids, from 1. */
  readonly configuration: Pick<ServerConfiguration, 'runners' | 'stacks'>;
}

/** A runner with its token, which no later call returns. */
export interface NewRunner {
  readonly runner: RunnerTraits;
  readonly token: string;
  readonly expiresAt?: string;
}

const DAY_MS = 24 * 3600 * 1000;
/** Time in which machines that share a token can be given the new one. */
const OLD_TOKEN_MS = 3600 * 1000;
/** `gitlab-runner` takes a token with it for that of a runner that was created on the server. */
const CREATED = 'glrt-';

/** Creates, pauses, removes and registers runners of the store. Each change counts from the next request on. */
export class Fleet {
  readonly #parts: FleetParts;
  /** Names of the runners of the configuration. */
  readonly #configured: readonly string[];
  readonly #listeners: (() => void)[] = [];

  constructor(parts: FleetParts) {
    this.#parts = parts;
    this.#configured = parts.configuration.runners.map(({ name }) => name);
  }

  /** Calls back after each change that this process makes. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  runners(): readonly RunnerTraits[] {
    return this.#parts.ledger.runners().map(({ record }) => this.#traits(record));
  }

  /** Whether runners besides those of the configuration may have jobs. */
  hasRunners(): boolean {
    return this.#parts.ledger.hasRunners();
  }

  /** Throws RUNNER_NAME_TAKEN, RUNNER_TAKES_NOTHING, RUNNER_NOT_ISOLATED or STACK_UNKNOWN. */
  create(request: RunnerRequest, createdBy: string): NewRunner {
    const { name } = request;
    if (this.#isTaken(name)) throw coordinatorError('RUNNER_NAME_TAKEN', { runner: name });
    return this.#add(request, createdBy);
  }

  /** Changes what a runner takes. Throws the same, and RUNNER_UNKNOWN or RUNNER_CONFIGURED, as all that follow. */
  edit(id: string, change: RunnerChange): RunnerTraits {
    const { record } = this.#find(id);
    const changed = changedRecord(record, change);
    this.#check(changed);
    this.#parts.ledger.setSettings(changed);
    this.#changed();
    return this.#traits(changed);
  }

  setPaused(id: string, isPaused: boolean): RunnerTraits {
    const { record } = this.#find(id);
    this.#parts.ledger.setPaused(id, isPaused);
    this.#changed();
    return this.#traits({ ...record, paused: isPaused });
  }

  /** Refuses its token from now on; the jobs that it has may end. */
  remove(id: string): RunnerTraits {
    const { record } = this.#find(id);
    this.#parts.ledger.removeRunner(id, this.#now());
    this.#changed();
    return this.#traits(record);
  }

  /** Gives a runner a new token. The old one counts for another hour, unless it is refused `now`. */
  rotate(id: string, { now }: { readonly now: boolean }): NewRunner {
    const { record, tokens } = this.#find(id);
    const token = newToken(record);
    const old = { digest: tokens.current, until: this.#after(OLD_TOKEN_MS) };
    const times = { rotatedAt: this.#now(), expiresAt: this.#expiry(record) };
    this.#parts.ledger.setTokens(id, { current: sha256(token), ...(!now && { old }) }, times);
    this.#changed();
    return { runner: this.#traits({ ...record, ...times }), token, expiresAt: times.expiresAt };
  }

  /** Rotates the token of the runner that has it; undefined if there is none. An old token does not count. */
  reset(token: string): NewRunner | undefined {
    const digest = sha256(token);
    const found = this.#parts.ledger.runners().find(({ tokens }) => tokens.current === digest);
    const expiresAt = found?.record.expiresAt;
    if (found === undefined || (expiresAt !== undefined && expiresAt <= this.#now())) return undefined;
    return this.rotate(found.record.id, { now: false });
  }

  /** Creates the token with which runners register themselves, in place of the last one. Throws STACK_UNKNOWN. */
  allowRegistration({ stacks, sandbox, days }: RegistrationRequest, createdBy: string) {
    this.#checkStacks(stacks);
    const token = `registration-${randomBytes(20).toString('hex')}`;
    const times = { createdAt: this.#now(), expiresAt: this.#after(days * DAY_MS) };
    this.#parts.ledger.setRegistrationToken({ digest: sha256(token), stacks, sandbox, createdBy, ...times });
    return { token, stacks: [...stacks], sandbox, expiresAt: times.expiresAt };
  }

  endRegistration(): void {
    this.#parts.ledger.setRegistrationToken(undefined);
  }

  /** Returns what the token allows; undefined if it is another one. Throws RUNNER_REGISTRATION_OFF. */
  registration(token: string): RegistrationToken | undefined {
    const found = this.#parts.ledger.registrationToken();
    if (found === undefined || found.expiresAt <= this.#now()) throw coordinatorError('RUNNER_REGISTRATION_OFF', {});
    return found.digest === sha256(token) ? found : undefined;
  }

  /** Registers a runner that sent the token. A name that is taken gets a number. */
  register({ stacks, sandbox }: RegistrationToken, request: RunnerRequest): NewRunner {
    let name = request.name;
    for (let number = 2; this.#isTaken(name); number += 1) name = `${request.name} ${number}`;
    const limits = { stacks: [...stacks], sandbox, trusted: false };
    return this.#add({ ...request, ...limits, name, isRegistered: true }, 'registration token');
  }

  #add({ paused, ...settings }: RunnerSettings & Pick<RunnerRecord, 'paused'>, createdBy: string): NewRunner {
    this.#check(settings);
    const token = newToken(settings);
    const expiresAt = this.#expiry(settings);
    const record = { ...settings, paused, createdBy, createdAt: this.#now(), expiresAt };
    const id = this.#parts.ledger.addRunner(record, sha256(token));
    this.#changed();
    return { runner: this.#traits({ ...record, id }), token, expiresAt };
  }

  #find(id: string) {
    const found = this.#parts.ledger.runners().find(({ record }) => record.id === id);
    if (found !== undefined) return found;
    const configured = this.#configured[Number(id) - 1];
    if (configured !== undefined) throw coordinatorError('RUNNER_CONFIGURED', { runner: configured });
    throw coordinatorError('RUNNER_UNKNOWN', { runner: id });
  }

  #check({ name, tags, runUntagged, trusted, sandbox, stacks }: RunnerSettings): void {
    if (tags.length === 0 && !runUntagged) throw coordinatorError('RUNNER_TAKES_NOTHING', { runner: name });
    if (trusted && !sandbox) throw coordinatorError('RUNNER_NOT_ISOLATED', { runner: name });
    this.#checkStacks(stacks);
  }

  #isTaken(name: string): boolean {
    return this.#configured.includes(name) || this.#parts.ledger.hasName(name);
  }

  #checkStacks(names: readonly string[]): void {
    const known = this.#parts.configuration.stacks.map(({ name }) => name);
    const unknown = names.find((name) => name !== '*' && !known.includes(name));
    if (unknown !== undefined) throw coordinatorError('STACK_UNKNOWN', { stack: unknown });
  }

  #traits(record: RunnerRecord): RunnerTraits {
    return traitsOf(record, new Set(this.#configured));
  }

  #expiry({ tokenDays }: Pick<RunnerSettings, 'tokenDays'>): string | undefined {
    return tokenDays === undefined ? undefined : this.#after(tokenDays * DAY_MS);
  }

  #after(milliseconds: number): string {
    return new Date(this.#parts.clock.now() + milliseconds).toISOString();
  }

  #now(): string {
    return timestamp(this.#parts.clock);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** `null` removes a limit, and what is absent stays. */
function changedRecord(record: RunnerRecord, change: RunnerChange): RunnerRecord {
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  return { ...record, ...Object.fromEntries(given.map(([name, value]) => [name, value ?? undefined])) };
}

/** Without the prefix `gitlab-runner unregister` removes the runner, and not one machine of it. */
function newToken({ isRegistered }: Pick<RunnerSettings, 'isRegistered'>): string {
  return `${isRegistered === true ? '' : CREATED}${randomBytes(20).toString('hex')}`;
}
