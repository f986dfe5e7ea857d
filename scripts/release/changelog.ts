/** A release of `CHANGELOG.md`, which follows Keep a Changelog 1.1.0. */
export interface CutRelease {
  readonly version: string;
  /** As in 2026-11-29. */
  readonly date: string;
}

const unreleased = '## [Unreleased]\n';

/** Returns the changelog with what is unreleased under the heading of a version, and an empty unreleased part above it. */
export function cutRelease(changelog: string, { version, date }: CutRelease): string {
  if (changelog.includes(`## [${version}]`)) throw new Error(`CHANGELOG.md already has version ${version}.`);
  if (notesOf(changelog, 'Unreleased') === '') throw new Error('CHANGELOG.md lists no unreleased changes.');
  return changelog.replace(unreleased, `${unreleased}\n## [${version}] - ${date}\n`);
}

/** Returns what the changelog lists under a version, without its heading. */
export function notesOf(changelog: string, version: string): string {
  const begin = changelog.indexOf(`## [${version}]`);
  if (begin === -1) throw new Error(`CHANGELOG.md has no version ${version}.`);
  const rest = changelog.slice(changelog.indexOf('\n', begin));
  const end = rest.indexOf('\n## ');
  return (end === -1 ? rest : rest.slice(0, end)).trim();
}
