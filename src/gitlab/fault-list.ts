import type { Diagnostic, ErrorDetails, SlipwayError } from '../kit/index.ts';
import { gitlabError } from './errors.ts';
import type { GitlabCode } from './errors.ts';
import type { Place, YamlKey, YamlPlaces } from './yaml-places.ts';

type Severity = Diagnostic['severity'];

/** Gathers the faults of one file, each once, so that all are told at once. */
export class FaultList {
  places: YamlPlaces | undefined;
  readonly #file: string;
  readonly #faults = new Map<string, Diagnostic>();

  constructor(file: string) {
    this.#file = file;
  }

  get hasErrors(): boolean {
    return [...this.#faults.values()].some((fault) => fault.severity === 'error');
  }

  error(place: Place, code: GitlabCode, details: ErrorDetails): undefined {
    this.#add('error', place, gitlabError(code, details));
  }

  warn(place: Place, code: GitlabCode, details: ErrorDetails): undefined {
    this.#add('warning', place, gitlabError(code, details));
  }

  #add(severity: Severity, place: Place, { code, message, hint }: SlipwayError): void {
    const { line, column } = place;
    const fault = { code, severity, file: this.#file, line, column, message, ...(hint === undefined ? {} : { hint }) };
    const key = `${line}:${column}:${message}`;
    if (!this.#faults.has(key)) this.#faults.set(key, fault);
  }

  /** In the order of the file. */
  toDiagnostics(): readonly Diagnostic[] {
    return [...this.#faults.values()].toSorted((a, b) => a.line - b.line || a.column - b.column);
  }
}

/** A place in the configuration that a reader can complain about. */
export class Spot {
  readonly key: string;
  readonly #faults: FaultList;
  readonly #owners: readonly string[];
  readonly #path: readonly YamlKey[];

  /** `owners`: the top-level keys that the value may come from, the strongest first (a job, then what it extends). */
  constructor(faults: FaultList, owners: readonly string[], path: readonly YamlKey[] = []) {
    this.#faults = faults;
    this.#owners = owners;
    this.#path = path;
    const names = path.filter((part) => typeof part === 'string');
    this.key = names.join(':') || (owners[0] ?? '');
  }

  child(key: YamlKey): Spot {
    return new Spot(this.#faults, this.#owners, [...this.#path, key]);
  }

  error(code: GitlabCode, details: ErrorDetails = {}): undefined {
    return this.#faults.error(this.#place(), code, details);
  }

  warn(code: GitlabCode, details: ErrorDetails = {}): undefined {
    return this.#faults.warn(this.#place(), code, details);
  }

  /** The value is of the wrong kind. */
  invalid(expected: string, value: unknown): undefined {
    return this.error('GITLAB_VALUE_INVALID', { keyword: this.key, expected, actual: describe(value) });
  }

  #place(): Place {
    let best: (Place & { depth: number }) | undefined;
    for (const owner of this.#owners) {
      const found = this.#faults.places?.locate([owner, ...this.#path]);
      if (found !== undefined && (best === undefined || found.depth > best.depth)) best = found;
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
