/** Parts of a version of semantic versioning without a pre-release. */
type Version = readonly [number, number, number];

/** Whether a version stands for the newest of several: `~latest`, `1` or `1.2`. */
export function isVersionRange(version: string): boolean {
  return version === '~latest' || /^\d+(?:\.\d+)?$/.test(version);
}

/** Returns the tag with the highest version that a range permits. Pre-releases are left out. */
export function newestTag(tags: readonly string[], range: string): string | undefined {
  const wanted = range === '~latest' ? [] : range.split('.').map(Number);
  const fitting = tags.flatMap((tag) => {
    const version = parseVersion(tag);
    return version !== undefined && wanted.every((part, index) => part === version[index]) ? [{ tag, version }] : [];
  });
  return fitting.toSorted((one, other) => compare(other.version, one.version))[0]?.tag;
}

function parseVersion(tag: string): Version | undefined {
  const [, major, minor, patch] = /^v?(\d+)\.(\d+)\.(\d+)(?:\+[\w.-]+)?$/.exec(tag) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor), Number(patch)];
}

function compare(one: Version, other: Version): number {
  return one[0] - other[0] || one[1] - other[1] || one[2] - other[2];
}
