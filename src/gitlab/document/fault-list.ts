import {
  closestWord,
  escapeControls,
  type Diagnostic,
  type ErrorDetails,
  type Place,
  type YamlKey,
  type YamlPlaces,
} from '../../kit/index.ts';
import { gitlabError, type GitlabCode } from '../errors.ts';

type Severity = Diagnostic['severity'];

const MAX_TOLD = 500;
const MAX_MESSAGE = 2000;

/** Gathers the faults of a pipeline, each once, so that all are told at once; of very many only the first. */
export class FaultList {
  /** The texts that the configuration was made of, the strongest first. */
  documents: readonly YamlPlaces[] = [];
  readonly #file: string;
  readonly #told: Record<Severity, Told>;

  constructor(file: string, told?: Record<Severity, Told>) {
    this.#file = file;
    this.#told = told ?? { error: new Told(), warning: new Told() };
  }

  /** The same list, for complaints about one text of several. */
  about(document: YamlPlaces): FaultList {
    const list = new FaultList(document.file, this.#told);
    list.documents = [document];
    return list;
  }

  get hasErrors(): boolean {
    return this.#told.error.count > 0;
  }

  error(place: Place, code: GitlabCode, details: ErrorDetails): undefined {
    this.add('error', () => place, [code, details]);
  }

  warn(place: Place, code: GitlabCode, details: ErrorDetails): undefined {
    this.add('warning', () => place, [code, details]);
  }

  /** The place is looked up only if the fault is going to be told. */
  add(severity: Severity, findPlace: () => Place, [code, details]: readonly [GitlabCode, ErrorDetails]): void {
    const told = this.#told[severity];
    if (told.faults.size >= MAX_TOLD) {
      told.count += 1;
      return;
    }
    const { file = this.#file, line, column } = findPlace();
    const { message: whole, hint } = gitlabError(code, details);
    const message = escapeControls(whole.length > MAX_MESSAGE ? `${whole.slice(0, MAX_MESSAGE)}…` : whole);
    const key = `${file}:${line}:${column}:${message}`;
    if (told.faults.has(key)) return;
    told.count += 1;
    told.faults.set(key, { code, severity, file, line, column, message, ...(hint === undefined ? {} : { hint }) });
  }

  /** The main file first, then the others by name; each in its own order. */
  toDiagnostics(): readonly Diagnostic[] {
    const rank = (file: string) => (file === this.#file ? '' : file);
    const sorted = [...this.#told.error.faults.values(), ...this.#told.warning.faults.values()].toSorted(
      (a, b) => rank(a.file).localeCompare(rank(b.file)) || a.line - b.line || a.column - b.column,
    );
    return [...sorted, ...this.#untold('error'), ...this.#untold('warning')];
  }

  #untold(severity: Severity): readonly Diagnostic[] {
    const { count, faults } = this.#told[severity];
    if (count <= faults.size) return [];
    const { code, message } = gitlabError('GITLAB_MORE_FAULTS', { count: count - faults.size });
    return [{ code, severity, file: this.#file, line: 1, column: 1, message }];
  }
}

/** Faults of one severity: how many there are, and those that are kept. */
class Told {
  count = 0;
  readonly faults = new Map<string, Diagnostic>();
}

/**
 * A place in the configuration that a reader can complain about. Many are made and few are used, so a spot is hardly
 * more than a link.
 */
export class Spot {
  readonly #faults: FaultList;
  readonly #owners: readonly string[];
  readonly #parent: Spot | undefined;
  readonly #own: YamlKey | undefined;

  /** `owners`: the top-level keys that the value may come from, the strongest first (a job, then what it extends). */
  constructor(faults: FaultList, owners: readonly string[], link?: { readonly parent: Spot; readonly key: YamlKey }) {
    this.#faults = faults;
    this.#owners = owners;
    this.#parent = link?.parent;
    this.#own = link?.key;
  }

  /** How messages name it: `cache:key:files`. */
  get key(): string {
    const names = this.#path().filter((part) => typeof part === 'string');
    return names.join(':') || (this.#owners[0] ?? '');
  }

  child(key: YamlKey): Spot {
    return new Spot(this.#faults, this.#owners, { parent: this, key });
  }

  /** The spot below this one that a path leads to. */
  at(path: readonly YamlKey[]): Spot {
    return path.reduce<Spot>((spot, key) => spot.child(key), this);
  }

  error(code: GitlabCode, details: ErrorDetails = {}): undefined {
    this.#faults.add('error', () => this.#place(), [code, details]);
  }

  warn(code: GitlabCode, details: ErrorDetails = {}): undefined {
    this.#faults.add('warning', () => this.#place(), [code, details]);
  }

  /** The value is of the wrong kind. */
  invalid(expected: string, value: unknown): undefined {
    return this.error('GITLAB_VALUE_INVALID', { keyword: this.key, expected, actual: describe(value) });
  }

  /** The key that leads here is none of those that there are. */
  unknown(key: string, known: Iterable<string>): undefined {
    const meant = closestWord(key, known);
    const remedy = meant === undefined ? 'Remove it, or correct its name.' : `Did you mean \`${meant}\`?`;
    return this.error('GITLAB_KEYWORD_UNKNOWN', { keyword: this.key, remedy });
  }

  #path(): readonly YamlKey[] {
    return this.#parent === undefined ? [] : [...this.#parent.#path(), this.#own as YamlKey];
  }

  /** Where most of the path is found; among equals, in the strongest owner and text. */
  #place(): Place {
    const path = this.#path();
    let best: (Place & { depth: number }) | undefined;
    for (const owner of this.#owners) {
      for (const places of this.#faults.documents) {
        const found = places.locate([owner, ...path]);
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
