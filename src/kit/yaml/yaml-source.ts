import { CORE_SCHEMA, EVENT_ID, YAMLException, constructFromEvents, mergeTag, type Event } from 'js-yaml';
import type { ZodType } from 'zod';
import { asSentence } from '../as-sentence.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { messageOf } from '../errors.ts';
import { parseYaml } from './parse-yaml.ts';
import { describeIssue } from './schema-issue.ts';
import { TextPositions, type Position } from './text-positions.ts';
import { YamlPositions } from './yaml-positions.ts';

export type YamlPath = readonly PropertyKey[];

const start: Position = { line: 1, column: 1 };

const SYNTAX_HINT = 'Check the indentation, quotes and brackets on this line and above it.';

/** A YAML text with the positions of its parts, so that any fault found later can name its line. */
export interface YamlSource {
  readonly file: string;
  /** The plain value; `undefined` where the text does not parse. */
  readonly value: unknown;
  /** Faults of syntax: broken YAML, duplicate keys. */
  readonly diagnostics: readonly Diagnostic[];
  /** Returns the position (from 1) of the value at a path, or of its nearest ancestor that exists. */
  locate(path: YamlPath): Position;
  /** Makes a diagnostic at the position of a path. */
  fault(path: YamlPath, fault: Fault): Diagnostic;
}

/** A diagnostic without its position; an error by default. */
export interface Fault {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly severity?: 'error' | 'warning';
}

export interface YamlLimits {
  /** Characters; larger texts are refused before parsing. */
  readonly maxLength?: number;
  /** Nodes, an alias counted as all that it stands for. */
  readonly maxNodes?: number;
}

const DIVIDER = /^---(?=\s|$)/gm;
const SECOND_DOCUMENT: Fault = {
  code: 'YAML_SYNTAX',
  message: 'A second YAML document begins here, but the file must contain only one.',
  hint: 'Remove this `---` line, or the document that does not belong in the file.',
};

const schema = CORE_SCHEMA.withTags(mergeTag);

/** Parses YAML 1.2 (with merge keys), keeping positions. Never throws: faults are diagnostics. */
export function readYaml(text: string, file: string, limits: YamlLimits = {}): YamlSource {
  const { maxLength = 10_000_000, maxNodes = 1_000_000 } = limits;
  if (text.length > maxLength) {
    const message = `The file has ${text.length} characters; the limit is ${maxLength}.`;
    return broken(file, start, { code: 'YAML_TOO_LARGE', message });
  }
  const lines = new TextPositions({ file, text });
  let positionOf = (at: number): Position => lines.at(at);
  try {
    const parsed = parseYaml(text);
    const { events } = parsed;
    positionOf = (at) => lines.at(parsed.offset(at));
    const nodes = countNodes(parsed.text, events);
    if (nodes > maxNodes) {
      const message = `The file has ${nodes} nodes when its aliases are expanded; the limit is ${maxNodes}.`;
      return broken(file, start, { code: 'YAML_ALIASES', message });
    }
    const [value, ...others] = constructFromEvents(events, { source: parsed.text, schema });
    if (others.length > 0) {
      const divider = [...text.matchAll(DIVIDER)].at(-1);
      return broken(file, lines.at(divider?.index ?? 0), SECOND_DOCUMENT);
    }
    const positions = new YamlPositions({ file, text: parsed.text, positionOf }, () => events, events);
    return sourceOf(file, value, (path) =>
      positions.locate(path.map((part) => (typeof part === 'symbol' ? String(part) : part))),
    );
  } catch (error) {
    const { reason, position } = describeYamlError(error);
    return broken(file, positionOf(position), { code: 'YAML_SYNTAX', message: asSentence(reason), hint: SYNTAX_HINT });
  }
}

/** Plain words for the parser's reasons that are most common. */
const plainReasons: ReadonlyMap<string, string> = new Map([
  ['deficient indentation', 'a bracket or quote is not closed, or the line is not indented enough'],
  [
    'bad indentation of a mapping entry',
    'this line is not part of the mapping above: its indentation differs, or a value needs quotes',
  ],
  [
    'end of the stream or a document separator is expected',
    'this line does not belong to anything above: its indentation or its kind differs',
  ],
]);

/** Returns where a text stops being YAML, and why. */
export function describeYamlError(error: unknown): { readonly position: number; readonly reason: string } {
  if (!(error instanceof YAMLException)) return { position: 0, reason: messageOf(error) };
  return { position: error.mark?.position ?? 0, reason: plainReasons.get(error.reason) ?? error.reason };
}

/** Counts the nodes of a text with each alias written out: a small text may be a bomb. */
function countNodes(text: string, events: readonly Event[]): number {
  const counts = new Map<string, number>();
  const open = [{ name: '', count: 0 }];
  const close = (name: string, count: number) => {
    (open.at(-1) as { count: number }).count += count;
    if (name !== '') counts.set(name, count);
  };
  for (const event of events) {
    const name = 'anchorStart' in event ? text.slice(event.anchorStart, event.anchorEnd) : '';
    if (event.type === EVENT_ID.SCALAR) close(name, 1);
    else if (event.type === EVENT_ID.ALIAS) close('', counts.get(name) ?? 1);
    else if (event.type !== EVENT_ID.POP) open.push({ name, count: 1 });
    else {
      const done = open.pop();
      if (done !== undefined) close(done.name, done.count);
    }
  }
  return open[0]?.count ?? 0;
}

/** Returns a source for a value that comes from no one text: all that is in it stands at the beginning. */
export function textlessSource(value: unknown, file: string): YamlSource {
  return sourceOf(file, value, () => start);
}

/** Checks a parsed text against a schema; every issue becomes a diagnostic at its position. */
export function checkYaml<T>(
  source: YamlSource,
  schema: ZodType<T>,
): { value?: T; diagnostics: readonly Diagnostic[] } {
  if (source.diagnostics.length > 0) return { diagnostics: source.diagnostics };
  const result = schema.safeParse(source.value ?? {});
  if (result.success) return { value: result.data, diagnostics: [] };
  return {
    diagnostics: result.error.issues.map((issue) => {
      const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] as string] : issue.path;
      return source.fault(path, { code: 'CONFIGURATION_INVALID', message: asSentence(describeIssue(issue)) });
    }),
  };
}

function sourceOf(file: string, value: unknown, find: (path: YamlPath) => Position): YamlSource {
  const locate = (path: YamlPath) => {
    const { line, column } = find(path);
    return { line, column };
  };
  const fault = (path: YamlPath, { severity = 'error', ...rest }: Fault) => ({
    severity,
    file,
    ...locate(path),
    ...rest,
  });
  return { file, value, diagnostics: [], locate, fault };
}

function broken(file: string, position: Position, fault: Fault): YamlSource {
  const source = sourceOf(file, undefined, () => position);
  return { ...source, diagnostics: [source.fault([], fault)] };
}
