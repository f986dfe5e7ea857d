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

const rebuild = 'Rebuild and push the package again';
const publish = 'Make the index again: `slipway mirror index`, or `slipway mirror verify --repair`';

/** How each kind is repaired. */
const remedies: Readonly<Record<FindingKind, string>> = {
  ok: '',
  'entry-invalid': rebuild,
  'entry-misplaced': 'Remove the object; look for who put it there',
  'entry-replayed': `${rebuild}, and look for who put the older manifest there`,
  'tarball-damaged': rebuild,
  'dependency-missing': 'Rebuild and push the dependency',
  'not-in-index': publish,
  'index-names-absent': publish,
  'index-missing': publish,
  'index-unreadable': publish,
  'index-replayed': `${publish}; look for who put the older index there`,
  'entries-replayed':
    'Compare with a copy of the mirror or with the log of signatures; rebuild what is older than recorded',
  'statement-missing': publish,
  'statement-invalid': publish,
  'key-damaged': 'Publish the key again: restart the server, or push it with Spack',
  'layout-missing': '`slipway mirror verify --repair` writes it; Spack only warns',
  'blob-unused': 'Remove it with `slipway mirror prune`, unless something is being pushed just now',
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
