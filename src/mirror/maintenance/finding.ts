export type FindingKind =
  | 'ok'
  | 'entry-invalid'
  | 'entry-misplaced'
  | 'entry-replayed'
  | 'tarball-damaged'
  | 'dependency-missing'
  | 'not-in-index'
  | 'index-names-absent'
  | 'index-missing'
  | 'index-unreadable'
  | 'index-replayed'
  | 'entries-replayed'
  | 'statement-missing'
  | 'statement-invalid'
  | 'key-damaged'
  | 'layout-missing'
  | 'blob-unused';

export interface MirrorFinding {
  readonly kind: FindingKind;
  /** `name-version-hash`, a blob's digest, an object's key, or `index`. */
  readonly entry: string;
  readonly message: string;
  /** How to repair it; empty if nothing has to be done. */
  readonly remedy: string;
  /** The error that reading it gives, where there is one: `MIRROR_…`. */
  readonly code?: string;
}

const rebuild = 'Rebuild the package and push it again.';
const publish = 'Create the index again with `slipway mirror index` or `slipway mirror verify --repair`.';

/** How each kind is repaired. */
const remedies: Readonly<Record<FindingKind, string>> = {
  ok: '',
  'entry-invalid': rebuild,
  'entry-misplaced': 'Remove the object, and find out who wrote it.',
  'entry-replayed': `${rebuild} Find out who wrote the older manifest.`,
  'tarball-damaged': rebuild,
  'dependency-missing': 'Rebuild the dependency and push it.',
  'not-in-index': publish,
  'index-names-absent': publish,
  'index-missing': publish,
  'index-unreadable': publish,
  'index-replayed': `${publish} Find out who wrote the older index.`,
  'entries-replayed':
    'Compare the mirror with a backup or with the signing log, and rebuild entries that are older than recorded.',
  'statement-missing': publish,
  'statement-invalid': publish,
  'key-damaged': 'Publish the key again: restart the server, or push the key with Spack.',
  'layout-missing': 'Create it with `slipway mirror verify --repair`. Spack only warns about it.',
  'blob-unused': 'Remove it with `slipway mirror prune`, unless a push is in progress.',
};

export function finding(
  kind: FindingKind,
  entry: string,
  what: { readonly message: string; readonly code?: string },
): MirrorFinding {
  return { kind, entry, remedy: remedies[kind], ...what };
}

/** Reports an error as a finding. */
export function faultFinding(
  kind: FindingKind,
  entry: string,
  { code, message }: { readonly code: string; readonly message: string },
): MirrorFinding {
  return finding(kind, entry, { code, message: `${message} [${code}]` });
}

/** Litter is no fault: a blob without an entry may belong to a push that is under way. */
export function isFault({ kind }: MirrorFinding): boolean {
  return kind !== 'ok' && kind !== 'blob-unused' && kind !== 'layout-missing';
}
