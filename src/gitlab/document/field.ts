import type { ErrorDetails, Position, YamlKey } from '../../kit/index.ts';
import type { GitlabCode } from '../errors.ts';
import type { FaultList, UnknownName } from './fault-list.ts';
import { get, isMapping, type Mapping } from './mapping.ts';

interface Origin {
  readonly faults: FaultList;
  /** The top-level keys that the value may come from, the strongest first (a job, then what it extends). */
  readonly owners: readonly string[];
}

/**
 * A value of the configuration, with its position for messages. Many are made and few are reported, so a field is
 * hardly more than a link to the one that contains it.
 */
export class Field {
  /** Undefined where the configuration does not have the key. */
  readonly value: unknown;
  readonly #origin: Origin;
  readonly #link: { readonly parent: Field; readonly key: YamlKey } | undefined;

  constructor(origin: Origin, value?: unknown, link?: { readonly parent: Field; readonly key: YamlKey }) {
    this.value = value;
    this.#origin = origin;
    this.#link = link;
  }

  /** The name in messages: `cache:key:files`. */
  get key(): string {
    const names = this.#path().filter((part) => typeof part === 'string');
    return names.join(':') || (this.#origin.owners[0] ?? '');
  }

  /** Whether there is no value, or `null`. */
  get isEmpty(): boolean {
    return this.value === undefined || this.value === null;
  }

  get isMapping(): boolean {
    return isMapping(this.value);
  }

  /** The value if it is a mapping, else an empty one. */
  get mapping(): Mapping {
    return isMapping(this.value) ? this.value : {};
  }

  has(key: string): boolean {
    return Object.hasOwn(this.mapping, key);
  }

  /** Returns the field below a key of a mapping. */
  at(key: string): Field {
    return new Field(this.#origin, get(this.mapping, key), { parent: this, key });
  }

  /** The same for a key that must be there: an absent value counts as an empty one, which readers report. */
  required(key: string): Field {
    const field = this.at(key);
    return field.isEmpty ? field.with(null) : field;
  }

  /** Returns the fields of a list; another value counts as a list of itself. */
  items(): readonly Field[] {
    if (!Array.isArray(this.value)) return [this];
    return this.value.map((item, key) => new Field(this.#origin, item, { parent: this, key }));
  }

  /** Returns another value at this position. */
  with(value: unknown): Field {
    return new Field(this.#origin, value, this.#link);
  }

  /** With a name that does not exist, the hint is the one that was probably meant. */
  error(code: GitlabCode, details: ErrorDetails = {}, unknown?: UnknownName): undefined {
    this.#origin.faults.add('error', () => this.#position(), [code, details, unknown]);
  }

  warn(code: GitlabCode, details: ErrorDetails = {}): undefined {
    this.#origin.faults.add('warning', () => this.#position(), [code, details]);
  }

  /** Reports a value of the wrong kind. */
  invalid(expected: string, value = this.value): undefined {
    return this.error('GITLAB_VALUE_INVALID', { keyword: this.key, expected, actual: describe(value) });
  }

  /** Warns of a keyword that has no effect. */
  ignored(): undefined {
    return this.warn('GITLAB_KEYWORD_IGNORED', { keyword: this.key });
  }

  /** Reports a keyword that is not supported. */
  unsupported(remedy: string): undefined {
    return this.error('GITLAB_KEYWORD_UNSUPPORTED', { keyword: this.key, remedy });
  }

  /** Reports a keyword that cannot be used in its surroundings. */
  misplaced(where: string): undefined {
    return this.error('GITLAB_KEYWORD_MISPLACED', { keyword: this.#name, where });
  }

  /** Reports a keyword that is none of the known ones. */
  unknown(known: Iterable<string>): undefined {
    return this.error('GITLAB_KEYWORD_UNKNOWN', { keyword: this.key }, { name: this.#name, known });
  }

  get #name(): string {
    return String(this.#link?.key ?? this.#origin.owners[0]);
  }

  #path(): readonly YamlKey[] {
    return this.#link === undefined ? [] : [...this.#link.parent.#path(), this.#link.key];
  }

  /** The position where most of the path is found; among equals, in the strongest owner and text. */
  #position(): Position {
    const path = this.#path();
    let best: (Position & { depth: number }) | undefined;
    for (const owner of this.#origin.owners) {
      for (const positions of this.#origin.faults.documents) {
        const found = positions.locate([owner, ...path]);
        if (best === undefined || found.depth > best.depth) best = found;
      }
    }
    return best ?? { line: 1, column: 1 };
  }
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `\`${text.length > 60 ? `${text.slice(0, 60)}…` : text}\``;
}
