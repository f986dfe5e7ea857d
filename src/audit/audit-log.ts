import { rmSync } from 'node:fs';
import { basename } from 'node:path';
import {
  ownerOnlyFolder,
  messageOf,
  systemClock,
  timestamp,
  type Clock,
  type Logger,
  type Secret,
} from '../kit/index.ts';
import type { AuditEntry } from './audit-entry.ts';
import { ChainWriter, type TimedRecord } from './chain-writer.ts';
import { EntryCleaner } from './clean-entry.ts';
import { auditError } from './errors.ts';
import { expiredFiles } from './expired-files.ts';
import { RefusalLimit } from './refusal-limit.ts';
import { Reserve } from './reserve.ts';

interface AuditOptions {
  /** `audit` below the data folder. */
  readonly folder: string;
  readonly log: Pick<Logger, 'error'>;
  readonly clock?: Clock;
}

const SYNC_MS = 1000;
const MOST_PENDING = 10_000;

/**
 * Records actions and refusals. What was done is on the disk when `record` returns; refusals, which anybody can cause
 * as often as they like, are written at once and synced within a second.
 *
 * On a full disk records go into a reserve of 256 KiB, and from then on `require` throws, so that nothing is done that
 * could not be recorded. A record for which even the reserve has no room goes to the server's log as an error, and into
 * the file as soon as that can be written.
 */
export class AuditLog {
  readonly folder: string;
  readonly #options: AuditOptions;
  readonly #clock: Clock;
  readonly #writer: ChainWriter;
  readonly #reserve: Reserve;
  readonly #cleaner = new EntryCleaner();
  readonly #limit = new RefusalLimit();
  #pending: TimedRecord[] = [];
  #isTight = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: AuditOptions) {
    this.#options = options;
    this.folder = options.folder;
    this.#clock = options.clock ?? systemClock;
    this.#writer = new ChainWriter(options.folder);
    this.#reserve = new Reserve(options.folder);
    try {
      ownerOnlyFolder(options.folder);
      this.#reserve.fill();
    } catch (error) {
      this.#tighten(error);
    }
  }

  /** No record will have these values, in no encoding. */
  hide(secrets: Iterable<Secret | string>): void {
    this.#cleaner.add(secrets);
  }

  /** Removes from another text what no record may have. */
  redact(text: string): string {
    return this.#cleaner.redact(text);
  }

  /** Throws AUDIT_UNWRITABLE if an action could not be recorded now. */
  require(): void {
    if (this.#isTight) this.#relax();
    if (this.#isTight || this.#pending.length > 0) throw auditError('AUDIT_UNWRITABLE', { folder: this.folder });
  }

  /** Never throws: see `require`. */
  record(entry: AuditEntry): void {
    const now = this.#clock.now();
    for (const [key, count] of this.#limit.close(now)) this.#append(countedEntry(key, count), false);
    if (entry.outcome !== 'refused' && entry.who !== 'anonymous') return this.#append(entry, true);
    const verdict = this.#limit.take(keyOf(entry), now);
    if (verdict === 'count') return;
    const details = { ...entry.details, further: 'counted' };
    this.#append(verdict === 'last' ? { ...entry, details } : entry, false);
    this.#timer ??= setTimeout(() => this.#sync(), SYNC_MS).unref();
  }

  /** Removes files whose newest record is older than so many days; 0 keeps all. */
  expire(days: number): void {
    for (const { path, ...details } of expiredFiles(this.folder, { days, now: this.#clock.now() })) {
      this.record({ who: 'server', action: 'audit.expire', on: basename(path), outcome: 'done', details });
      rmSync(path);
    }
  }

  close(): void {
    this.#sync();
  }

  #append(entry: AuditEntry, isSynced: boolean): void {
    this.#pending.push({ time: timestamp(this.#clock), record: this.#cleaner.clean(entry) });
    if (this.#pending.length > MOST_PENDING) this.#pending.shift();
    try {
      this.#write(isSynced);
    } catch (error) {
      this.#tighten(error);
      this.#writeFromReserve(isSynced);
    }
  }

  #write(isSynced: boolean): void {
    for (let [first] = this.#pending; first !== undefined; [first] = this.#pending) {
      this.#writer.append(first, isSynced);
      this.#pending.shift();
    }
  }

  #writeFromReserve(isSynced: boolean): void {
    try {
      this.#reserve.release();
      this.#write(isSynced);
    } catch (error) {
      const record = this.#pending.at(-1);
      this.#options.log.error({ folder: this.folder, error: messageOf(error), record }, 'audit record not written');
    }
  }

  #sync(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      this.#write(true);
      this.#writer.sync();
    } catch (error) {
      this.#tighten(error);
    }
  }

  #tighten(error: unknown): void {
    if (!this.#isTight)
      this.#options.log.error({ folder: this.folder, error: messageOf(error) }, 'the audit log cannot be written');
    this.#isTight = true;
  }

  /** Looks whether there is room again. */
  #relax(): void {
    try {
      ownerOnlyFolder(this.folder);
      this.#write(true);
      this.#reserve.fill();
      this.#isTight = false;
    } catch {
      // It stays as it was; the first failure was logged.
    }
  }
}

const SEPARATOR = '\u0000';

function keyOf({ who, from = '', action, stack = '' }: AuditEntry): string {
  return [who, from, action, stack].join(SEPARATOR);
}

function countedEntry(key: string, count: number): AuditEntry {
  const [who = 'anonymous', from, action, stack] = key.split(SEPARATOR);
  const about = { who: who || 'anonymous', from: from || undefined, stack: stack || undefined };
  const reason = `${count} further attempts were only counted`;
  return { ...about, action: action ?? 'many', outcome: 'refused', reason };
}
