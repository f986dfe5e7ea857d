import { LineCounter, isAlias, isMap, isPair, isScalar, isSeq, parseDocument } from 'yaml';
import type { Document, Node } from 'yaml';
import type { ZodType } from 'zod';
import type { Diagnostic } from './diagnostic.ts';
import { messageOf } from './errors.ts';

export type YamlPath = readonly PropertyKey[];

interface Place {
  readonly line: number;
  readonly column: number;
}

const start: Place = { line: 1, column: 1 };

const SYNTAX_HINT = 'Check indentation, quotes and brackets from there upwards.';

/** A YAML text together with the places of its parts, so that any fault found later can name its line. */
export interface YamlSource {
  readonly file: string;
  /** The plain value; `undefined` where the text does not parse. */
  readonly value: unknown;
  /** Faults of syntax: broken YAML, duplicate keys. */
  readonly diagnostics: readonly Diagnostic[];
  /** The place (from 1) of the value at a path, or of its nearest ancestor that exists. */
  locate(path: YamlPath): Place;
  /** A diagnostic at the place of a path. */
  fault(path: YamlPath, fault: Fault): Diagnostic;
}

/** What a diagnostic says, besides where. An error, unless told otherwise. */
export interface Fault {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly severity?: 'error' | 'warning';
}

export interface YamlLimits {
  /** Characters; larger texts are refused before parsing. */
  readonly maxLength?: number;
  /** How often an alias may be expanded; -1 lifts the limit (for texts that we or Spack generated). */
  readonly maxAliasCount?: number;
}

/** Parses YAML 1.2 (with merge keys), keeping places. Never throws: faults are diagnostics. */
export function readYaml(text: string, file: string, limits: YamlLimits = {}): YamlSource {
  const { maxLength = 10_000_000, maxAliasCount = 1000 } = limits;
  if (text.length > maxLength) {
    const message = `The file has ${text.length} characters; the limit is ${maxLength}`;
    return broken(file, [diagnostic(file, start, { code: 'YAML_TOO_LARGE', message })]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, uniqueKeys: true, prettyErrors: false });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const diagnostics = document.errors.map((error) =>
    diagnostic(file, place(error.pos[0]), {
      code: 'YAML_SYNTAX',
      message: firstLine(error.message),
      hint: SYNTAX_HINT,
    }),
  );
  if (diagnostics.length > 0) return broken(file, diagnostics);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount });
  } catch (error) {
    return broken(file, [diagnostic(file, start, { code: 'YAML_ALIASES', message: firstLine(messageOf(error)) })]);
  }
  const locate = (path: YamlPath) => place(offsetOf(document, path));
  return {
    file,
    value,
    diagnostics: [],
    locate,
    fault: (path, fault) => diagnostic(file, locate(path), fault),
  };
}

/** Checks a parsed text against a schema; every issue becomes a diagnostic at its place. */
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
      return source.fault(path, { code: 'CONFIGURATION_INVALID', message: describeIssue(issue.path, issue.message) });
    }),
  };
}

function describeIssue(path: YamlPath, message: string): string {
  const where = path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
  return where === '' ? message : `\`${where}\`: ${message}`;
}

function offsetOf(document: Document, path: YamlPath): number {
  let node: unknown = document.contents;
  let offset = rangeStart(node) ?? 0;
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(part),
      );
      if (pair === undefined) break;
      offset = rangeStart(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(part)];
      offset = rangeStart(node) ?? offset;
    } else {
      break;
    }
  }
  return offset;
}

function rangeStart(node: unknown): number | undefined {
  return (node as Node | null)?.range?.[0];
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}

function diagnostic(file: string, place: Place, { code, message, hint, severity = 'error' }: Fault): Diagnostic {
  return { code, severity, file, ...place, message, ...(hint === undefined ? {} : { hint }) };
}

function broken(file: string, diagnostics: readonly Diagnostic[]): YamlSource {
  const first = diagnostics[0] as Diagnostic;
  const locate = () => ({ line: first.line, column: first.column });
  return {
    file,
    value: undefined,
    diagnostics,
    locate,
    fault: (_path, fault) => diagnostic(file, locate(), fault),
  };
}
