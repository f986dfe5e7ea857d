import { compareVersions, hasVersionPrefix } from './version.ts';

/**
 * One part of what stands after `@`: `=1.2` (exact), `1.2` and `1.2:1.4` (ranges; each end takes in what lies below
 * it, so `:1.4` holds 1.4.9), `git.main=1.2` (a commit, tag or branch, and the version to treat it as).
 */
export type VersionConstraint =
  | { readonly kind: 'exact'; readonly version: string }
  | { readonly kind: 'range'; readonly from?: string; readonly to?: string }
  | { readonly kind: 'git'; readonly ref: string; readonly version?: string };

/** Reads the text after `@`, which is known to be well formed. */
export function parseVersions(text: string): readonly VersionConstraint[] {
  return text.split(',').map((part) => parseVersion(part.trim()));
}

export function formatVersions(constraints: readonly VersionConstraint[]): string {
  return constraints.map(formatVersion).join(',');
}

/** Whether every version that `inner` allows is allowed by `outer`. */
export function isVersionWithin(inner: VersionConstraint, outer: VersionConstraint): boolean {
  if (outer.kind === 'git') return inner.kind === 'git' && inner.ref === outer.ref;
  if (outer.kind === 'exact') return inner.kind !== 'range' && inner.version === outer.version;
  const bounds = boundsOf(inner);
  if (bounds === undefined) return outer.from === undefined && outer.to === undefined;
  const isLowEnough =
    outer.from === undefined || (bounds.from !== undefined && compareVersions(bounds.from, outer.from) >= 0);
  return isLowEnough && compareUpper(bounds.to, outer.to) <= 0;
}

/** The versions that both allow, as one constraint; undefined if there are none. */
export function intersectVersions(a: VersionConstraint, b: VersionConstraint): VersionConstraint | undefined {
  if (isVersionWithin(a, b)) return a;
  if (isVersionWithin(b, a)) return b;
  if (a.kind !== 'range' || b.kind !== 'range') return undefined;
  const from = a.from === undefined || (b.from !== undefined && compareVersions(b.from, a.from) > 0) ? b.from : a.from;
  const to = compareUpper(a.to, b.to) <= 0 ? a.to : b.to;
  const isEmpty =
    from !== undefined && to !== undefined && compareVersions(from, to) > 0 && !hasVersionPrefix(from, to);
  return isEmpty ? undefined : range(from, to);
}

function parseVersion(text: string): VersionConstraint {
  const git = /^(git\.[^=]+|[A-Fa-f0-9]{40})(?:=(.+))?$/.exec(text);
  if (git?.[1] !== undefined) return { kind: 'git', ref: git[1], ...(git[2] === undefined ? {} : { version: git[2] }) };
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

function range(from: string | undefined, to: string | undefined): VersionConstraint {
  return { kind: 'range', ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

function boundsOf(constraint: VersionConstraint): { readonly from?: string; readonly to?: string } | undefined {
  if (constraint.kind === 'range') return constraint;
  return constraint.version === undefined ? undefined : { from: constraint.version, to: constraint.version };
}

/** Order of upper ends: none is the highest, and `1.2` takes in `1.2.3`, so it is higher. */
function compareUpper(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1;
  const order = compareVersions(a, b);
  if (order === 0) return 0;
  if (hasVersionPrefix(a, b)) return -1;
  return hasVersionPrefix(b, a) ? 1 : order;
}
