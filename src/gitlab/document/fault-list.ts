import {
  didYouMean,
  escapeControls,
  type Diagnostic,
  type ErrorDetails,
  type Position,
  type YamlPositions,
} from '../../kit/index.ts';
import { gitlabError, type GitlabCode } from '../errors.ts';

type Severity = Diagnostic['severity'];

const MAX_REPORTED = 500;
/** Suggestions compare names with all others, which takes long in a large pipeline with many faults. */
const MAX_SUGGESTED = 20;
const MAX_NAMES = 500;
const MAX_NAME = 100;

/** A name that does not exist, and those that do. */
export interface UnknownName {
  readonly name: string;
  readonly known: Iterable<string>;
}
const MAX_MESSAGE = 2000;

/** Collects the faults of a pipeline, each once, to report all of them together; of very many only the first. */
export class FaultList {
  /** The texts that the configuration was made of, the strongest first. */
  documents: readonly YamlPositions[] = [];
  readonly #file: string;
  readonly #faults: Record<Severity, Faults>;

  constructor(file: string, faults?: Record<Severity, Faults>) {
    this.#file = file;
    this.#faults = faults ?? { error: new Faults(), warning: new Faults() };
  }

  /** The same list, for complaints about one text of several. */
  about(document: YamlPositions): FaultList {
    const list = new FaultList(document.file, this.#faults);
    list.documents = [document];
    return list;
  }

  get hasErrors(): boolean {
    return this.#faults.error.count > 0;
  }

  error(position: Position, code: GitlabCode, details: ErrorDetails): undefined {
    this.add('error', () => position, [code, details]);
  }

  warn(position: Position, code: GitlabCode): undefined {
    this.add('warning', () => position, [code, {}]);
  }

  /** Looks up the position only if the fault is going to be reported, and the name that was probably meant. */
  add(
    severity: Severity,
    findPosition: () => Position,
    [code, details, unknown]: readonly [GitlabCode, ErrorDetails, UnknownName?],
  ): void {
    const faults = this.#faults[severity];
    if (faults.reported.size >= MAX_REPORTED) {
      faults.count += 1;
      return;
    }
    const { file = this.#file, line, column } = findPosition();
    const { message: whole, hint: standard } = gitlabError(code, details);
    const hint = (faults.reported.size < MAX_SUGGESTED ? meantName(unknown) : undefined) ?? standard;
    const message = escapeControls(whole.length > MAX_MESSAGE ? `${whole.slice(0, MAX_MESSAGE)}…` : whole);
    const key = `${file}:${line}:${column}:${message}`;
    if (faults.reported.has(key)) return;
    faults.count += 1;
    faults.reported.set(key, { code, severity, file, line, column, message, hint });
  }

  /** The main file first, then the others by name; each in its own order. */
  toDiagnostics(): readonly Diagnostic[] {
    const { error, warning } = this.#faults;
    const rank = (file: string) => (file === this.#file ? '' : file);
    const sorted = [...error.reported.values(), ...warning.reported.values()].toSorted(
      (a, b) => rank(a.file).localeCompare(rank(b.file)) || a.line - b.line || a.column - b.column,
    );
    return [...sorted, ...this.#rest('error'), ...this.#rest('warning')];
  }

  #rest(severity: Severity): readonly Diagnostic[] {
    const { count, reported } = this.#faults[severity];
    if (count <= reported.size) return [];
    const { code, message } = gitlabError('GITLAB_MORE_FAULTS', { count: count - reported.size });
    return [{ code, severity, file: this.#file, line: 1, column: 1, message }];
  }
}

function meantName(unknown: UnknownName | undefined): string | undefined {
  if (unknown === undefined || unknown.name.length > MAX_NAME) return undefined;
  const known: string[] = [];
  for (const name of unknown.known) {
    if (known.length === MAX_NAMES) break;
    if (name.length <= MAX_NAME) known.push(name);
  }
  return didYouMean(unknown.name, known);
}

/** Faults of one severity: how many there are, and those that are reported. */
class Faults {
  count = 0;
  readonly reported = new Map<string, Diagnostic>();
}
