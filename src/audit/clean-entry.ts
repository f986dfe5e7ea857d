import { Redactor, withoutCredentials, type Secret } from '../kit/index.ts';
import type { AuditEntry } from './audit-entry.ts';

const LONGEST = 1000;
/** Tokens of jobs and runners, which are derived and not configured, in a path or a name that a person chose. */
const OWN_TOKEN = /\b(glcbt-|glrt-)[\w-]{16,}/g;

/** Removes secrets from entries, and what is beyond a thousand characters of a text. */
export class EntryCleaner {
  readonly #values = new Set<string>();
  #redactor = new Redactor([]);

  /** Adds values that no record may have. */
  add(secrets: Iterable<Secret | string>): void {
    for (const one of secrets) this.#values.add(typeof one === 'string' ? one : one.reveal());
    this.#redactor = new Redactor(this.#values);
  }

  clean(entry: AuditEntry): AuditEntry {
    return this.#cleaned(entry) as AuditEntry;
  }

  #cleaned(value: unknown): unknown {
    if (typeof value === 'string') return this.#cleanText(value);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, this.#cleaned(one)]));
  }

  /** Removes secrets from a text. */
  redact(text: string): string {
    return this.#redactor.redact(withoutCredentials(text).replaceAll(OWN_TOKEN, '$1[MASKED]'));
  }

  #cleanText(text: string): string {
    const clean = this.redact(text);
    return clean.length <= LONGEST ? clean : `${clean.slice(0, LONGEST)}…`;
  }
}
