import { SlipwayError, type YamlPath } from '../../kit/index.ts';
import { report, type SectionReader } from './section.ts';
import { formatSpec, type AbstractSpec } from '../spec/spec.ts';
import { constrainSpec } from '../spec/spec-constrain.ts';
import { SPEC_LIMIT, type MatrixItem, type SpecItem, type SpecPiece } from './spec-list.ts';
import { satisfies } from '../spec/spec-match.ts';
import { parseSpec } from '../spec/spec-parser.ts';

/** One spec of the environment. */
export interface EnvironmentSpec {
  /** As it was written; for one out of a matrix, as `formatSpec` prints it. */
  readonly text: string;
  readonly spec: AbstractSpec;
  /** Its position, or that of its matrix; from 1. */
  readonly line: number;
  readonly column: number;
}

/** Returns all specs of a list, matrices expanded in Spack's order; faults are recorded at their positions. */
export function expandSpecs(reader: SectionReader, items: readonly SpecItem[]): readonly EnvironmentSpec[] {
  if (isTooMany(reader, items)) return [];
  const context: Context = { ...reader, parsed: new Map() };
  return items.flatMap((item) => {
    const position = reader.source.locate(item.path);
    return expandItem(context, item).map((one) => ({ ...one, ...position }));
  });
}

interface Context extends SectionReader {
  /** By path and text, so that a bad spec in a matrix is recorded once. */
  readonly parsed: Map<string, AbstractSpec | undefined>;
}

/** The parts of one spec, as a matrix puts them beside each other. */
type Combination = readonly SpecPiece[];

function isTooMany(reader: SectionReader, items: readonly SpecItem[]): boolean {
  const count = items.reduce((sum, item) => sum + countOf(item), 0);
  const [first] = items.toSorted((a, b) => countOf(b) - countOf(a));
  if (first === undefined || count <= SPEC_LIMIT) return false;
  const what = countOf(first) > SPEC_LIMIT ? 'The matrix' : 'The list';
  report(reader, first.path, { code: 'ENVIRONMENT_MATRIX_TOO_LARGE', details: { what, count, limit: SPEC_LIMIT } });
  return true;
}

/** How many specs come out before any is excluded. */
function countOf(item: SpecItem): number {
  if ('text' in item) return 1;
  return item.rows.reduce((product, row) => product * row.reduce((sum, one) => sum + countOf(one), 0), 1);
}

function expandItem(
  context: Context,
  item: SpecItem,
): readonly { readonly text: string; readonly spec: AbstractSpec }[] {
  if ('text' in item) {
    const spec = parsePiece(context, item);
    return spec === undefined ? [] : [{ text: item.text.trim(), spec }];
  }
  return combinationsOf(context, item).flatMap((combination) => {
    const spec = joinPieces(context, combination);
    return spec === undefined ? [] : [{ text: formatSpec(spec), spec }];
  });
}

/**
 * One part from each row, the last row changing fastest, without what is excluded. As in Spack, a matrix inside of a
 * row gives its combinations as text, and a sigil stands before the first part only.
 */
function combinationsOf(context: Context, { rows, exclude, sigil }: MatrixItem): readonly Combination[] {
  const excluded = exclude.flatMap((piece) => parsePiece(context, piece) ?? []);
  let combinations: readonly Combination[] = [[]];
  for (const row of rows) {
    const column = row.flatMap((item) => piecesOf(context, item));
    combinations = combinations.flatMap((left) => column.map((piece) => [...left, piece]));
  }
  const kept = excluded.length === 0 ? combinations : combinations.filter((one) => !isExcluded(context, one, excluded));
  return sigil === ''
    ? kept
    : kept.map(([first, ...others]) => [
        ...(first === undefined ? [] : [{ ...first, text: sigil + first.text }]),
        ...others,
      ]);
}

function piecesOf(context: Context, item: SpecItem): readonly SpecPiece[] {
  if ('text' in item) return [item];
  return combinationsOf(context, item).map((one) => ({
    text: one.map((piece) => piece.text).join(' '),
    path: item.path,
  }));
}

function isExcluded(context: Context, combination: Combination, excluded: readonly AbstractSpec[]): boolean {
  const spec = joinPieces(context, combination);
  return spec !== undefined && excluded.some((one) => satisfies(spec, one));
}

function joinPieces(context: Context, combination: Combination): AbstractSpec | undefined {
  let joined: AbstractSpec | undefined;
  for (const piece of combination) {
    const spec = parsePiece(context, piece);
    if (spec === undefined) return undefined;
    try {
      joined = joined === undefined ? spec : constrainSpec(joined, spec);
    } catch (error) {
      recordFault(context, piece.path, error);
      return undefined;
    }
  }
  return joined;
}

function parsePiece(context: Context, { text, path }: SpecPiece): AbstractSpec | undefined {
  const key = `${path.join('/')} ${text}`;
  if (!context.parsed.has(key)) {
    let spec: AbstractSpec | undefined;
    try {
      spec = parseSpec(text);
    } catch (error) {
      recordFault(context, path, error);
    }
    context.parsed.set(key, spec);
  }
  return context.parsed.get(key);
}

function recordFault(context: Context, path: YamlPath, error: unknown): void {
  if (!(error instanceof SlipwayError)) throw error;
  const details = { fault: error.message, remedy: error.hint };
  // A combination that cannot be is met twice where something is excluded.
  const isKnown = context.faults.some((one) => one.message === error.message);
  if (!isKnown) report(context, path, { code: 'ENVIRONMENT_SPEC_INVALID', details });
}
