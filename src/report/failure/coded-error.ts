import { BuildFailureClass, classOfErrorCode } from '../../protocol/index.ts';

/** What one of our own commands reported at the end of a job. */
export interface CodedError {
  readonly code: string;
  /** Without the package, the phase and the class, which are on their own below. */
  readonly fact: string;
  /** The whole message, with the position before it. */
  readonly message: string;
  readonly class?: BuildFailureClass;
  /** `hdf5@1.14.5`, or its name alone. */
  readonly package?: string;
  readonly phase?: string;
  readonly position?: Position;
}

export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column?: number;
}

/** As our own commands end such a line: with a code. */
const CODED = /^(.*?)error: (.*) \[([A-Z][A-Z0-9]*_[A-Z0-9_]+)\]$/;
const IN_PHASE =
  /^Package `([^`]*)` failed in (?:phase|step) `([^`]*)`(?: \[([\w-]+)\]| \(([^)]*)\))?(?:: | with )(.*)$/;
const WITH_CLASS = /^(\S+) could not be built \[([\w-]+)\]: (.*)$/;

/** Reads a line in which one of our own commands reports an error; undefined for any other line. */
export function readCodedError(line: string): CodedError | undefined {
  const [, place = '', message, code] = CODED.exec(line) ?? [];
  if (message === undefined || code === undefined) return undefined;
  const known = { code, message: place + message, position: positionIn(place) };
  const [, name, phase, kind, where, rest] = IN_PHASE.exec(message) ?? [];
  if (name !== undefined && rest !== undefined) {
    const of = kind ?? (phase === 'test' ? 'test' : undefined);
    const position = positionIn(`${where ?? ''}:`) ?? known.position;
    return { ...known, fact: rest, package: name, phase, class: classNamed(of) ?? classOfErrorCode(code), position };
  }
  const [, built, refused, reason] = WITH_CLASS.exec(message) ?? [];
  if (built !== undefined && reason !== undefined)
    return { ...known, fact: reason, package: built, class: classNamed(refused) ?? classOfErrorCode(code) };
  return { ...known, fact: message, class: classOfErrorCode(code) };
}

/** Reads `spack.yaml:3:5:` or `spack.yaml:3:` at the beginning of a text. */
export function positionIn(text: string): Position | undefined {
  const [, file, line, column] = /^([^\s:][^:\n]*):(\d{1,9})(?::(\d{1,9}))?:/.exec(text) ?? [];
  if (file === undefined || line === undefined) return undefined;
  return { file, line: Number(line), ...(column === undefined ? {} : { column: Number(column) }) };
}

function classNamed(text: string | undefined): BuildFailureClass | undefined {
  return BuildFailureClass.safeParse(text).data;
}
