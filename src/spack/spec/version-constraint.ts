import {
  compareParsed,
  compareVersions,
  highestVersion,
  lowestVersion,
  nextVersion,
  parseVersion,
  type ParsedVersion,
} from './version.ts';

/**
 * One part of what stands after `@`: `=1.2` (exact), `1.2` and `1.2:1.4` (ranges; each end includes what is below
 * it, so `:1.4` holds 1.4.9), `git.main=1.2` (a commit, tag or branch, and the version to treat it as).
 */
export type VersionConstraint =
  | { readonly kind: 'exact'; readonly version: string }
  | { readonly kind: 'range'; readonly from?: string; readonly to?: string | undefined }
  | { readonly kind: 'git'; readonly ref: string; readonly version?: string | undefined };

/** Reads the text after `@`, which is known to be well formed. */
export function parseVersions(text: string): readonly VersionConstraint[] {
  return text.split(',').map((part) => parseConstraint(part.trim()));
}

export function formatVersions(constraints: readonly VersionConstraint[]): string {
  return constraints.map(formatVersion).join(',');
}

/** Sorts constraints, joins ranges that meet, and removes those within another: `1:2,2.5:3,2.1` is `1:3`. */
export function joinVersions(constraints: readonly VersionConstraint[]): readonly VersionConstraint[] {
  if (constraints.length < 2) return constraints;
  const ranges = constraints.filter(isRange).toSorted(compareConstraints).reduce(joinRanges, []);
  const others = constraints.filter((one) => !isRange(one) && !ranges.some((range) => isVersionWithin(one, range)));
  const distinct = others.filter((one, index) => !others.slice(0, index).some((other) => isVersionWithin(one, other)));
  return [...distinct, ...ranges].toSorted(compareConstraints);
}

/** Whether every version that `inner` allows is allowed by `outer`. */
export function isVersionWithin(inner: VersionConstraint, outer: VersionConstraint): boolean {
  if (outer.kind === 'git') return inner.kind === 'git' && isSameReference(inner, outer);
  if (outer.kind === 'exact') return inner.kind === 'exact' && compareVersions(inner.version, outer.version) === 0;
  if (isAnyVersion(outer)) return true;
  const { low, end } = intervalOf(outer);
  if (inner.kind === 'range') {
    const { low: from, end: to } = intervalOf(inner);
    return compareParsed(from, low) >= 0 && compareParsed(to, end) <= 0;
  }
  if (inner.version === undefined) return false;
  const version = parseVersion(inner.version);
  return compareParsed(version, low) >= 0 && compareParsed(version, end) < 0;
}

/** The versions that both allow, as one constraint; undefined if there are none. */
export function intersectVersions(a: VersionConstraint, b: VersionConstraint): VersionConstraint | undefined {
  if (isVersionWithin(a, b)) return a;
  if (isVersionWithin(b, a)) return b;
  if (a.kind !== 'range' || b.kind !== 'range') return undefined;
  const [mine, others] = [intervalOf(a), intervalOf(b)];
  const from = compareParsed(mine.low, others.low) >= 0 ? a.from : b.from;
  const to = compareParsed(mine.end, others.end) <= 0 ? a.to : b.to;
  const both = intervalOf(range(from, to));
  return compareParsed(both.low, both.end) < 0 ? range(from, to) : undefined;
}

/** `:`, which leaves every version. */
export function isAnyVersion(constraint: VersionConstraint): boolean {
  return isRange(constraint) && constraint.from === undefined && constraint.to === undefined;
}

/** Whether a range ends before it begins. */
export function isEmptyRange(constraint: VersionConstraint): boolean {
  if (!isRange(constraint)) return false;
  const { low, end } = intervalOf(constraint);
  return compareParsed(end, low) < 0;
}

type Range = Extract<VersionConstraint, { readonly kind: 'range' }>;

/** A range begins at `low` and ends before `end`. */
interface Interval {
  readonly low: ParsedVersion;
  readonly end: ParsedVersion;
}

function parseConstraint(text: string): VersionConstraint {
  const git = /^(git\.[^=]+|[A-Fa-f0-9]{40})(?:=(.+))?$/.exec(text);
  if (git?.[1] !== undefined) return { kind: 'git', ref: git[1], version: git[2] };
  if (text.startsWith('=')) return { kind: 'exact', version: text.slice(1) };
  const colon = text.indexOf(':');
  if (colon < 0) return range(text, text);
  return range(text.slice(0, colon) || undefined, text.slice(colon + 1) || undefined);
}

function formatVersion(constraint: VersionConstraint): string {
  if (constraint.kind === 'exact') return `=${constraint.version}`;
  if (constraint.kind === 'git')
    return constraint.ref + (constraint.version === undefined ? '' : `=${constraint.version}`);
  const { from, to } = constraint;
  return from !== undefined && from === to ? from : `${from ?? ''}:${to ?? ''}`;
}

function range(from: string | undefined, to: string | undefined): Range {
  return { kind: 'range', from, to };
}

function isRange(constraint: VersionConstraint): constraint is Range {
  return constraint.kind === 'range';
}

function intervalOf({ from, to }: Range): Interval {
  const low = from === undefined ? lowestVersion : parseVersion(from);
  return { low, end: to === undefined ? highestVersion : nextVersion(parseVersion(to)) };
}

/** Without a version to treat it as, a reference is that of the same name whatever it is treated as. */
function isSameReference(a: { ref: string; version?: string }, b: { ref: string; version?: string }): boolean {
  if (a.ref !== b.ref) return false;
  return a.version === undefined || b.version === undefined || compareVersions(a.version, b.version) === 0;
}

/** Adds a range that does not begin before those that are there. */
function joinRanges(joined: readonly Range[], next: Range): readonly Range[] {
  const last = joined.at(-1);
  if (last === undefined || compareParsed(intervalOf(next).low, intervalOf(last).end) > 0) return [...joined, next];
  const to = compareParsed(intervalOf(last).end, intervalOf(next).end) >= 0 ? last.to : next.to;
  return [...joined.slice(0, -1), range(last.from, to)];
}

function compareConstraints(a: VersionConstraint, b: VersionConstraint): number {
  const [mine, others] = [boundsOf(a), boundsOf(b)];
  return (
    compareParsed(mine.low, others.low) ||
    Number(isRange(a)) - Number(isRange(b)) ||
    compareParsed(mine.end, others.end)
  );
}

function boundsOf(constraint: VersionConstraint): Interval {
  if (isRange(constraint)) return intervalOf(constraint);
  const version = constraint.version === undefined ? lowestVersion : parseVersion(constraint.version);
  return { low: version, end: version };
}
