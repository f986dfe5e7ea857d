import type { LayerEntry } from '../layers/own-layer.ts';
import type { PlacedPackage } from './placed-package.ts';

/**
 * Does what Spack's `sbang` does: runs the interpreter of a script's second line, which may be longer than the kernel
 * takes in a first line. The second line may be a comment of the script's language.
 */
const script = `#!/bin/sh
# Runs a script by the interpreter that its second line names.
fail() { echo "sbang: $*" >&2; exit 1; }
[ -f "$1" ] || fail "$1: no such file"
{ IFS= read -r line; IFS= read -r line; } < "$1"
case "$line" in
  '#!'*) line=\${line#'#!'} ;;
  '//!'*) line=\${line#'//!'} ;;
  '--!'*) line=\${line#'--!'} ;;
  '<?php #!'*) line=\${line#'<?php #!'}; line=\${line% '?>'} ;;
  *) fail "$1: its second line names no interpreter" ;;
esac
read -r interpreter argument rest <<EOF
$line
EOF
case "$interpreter" in
  */sbang) fail "$1: it names sbang itself" ;;
  */env) name=$argument ;;
  *) name=\${interpreter##*/} ;;
esac
case "$name" in
  # These look for their own name in the first line, unless told to begin where it is.
  perl|ruby) exec $line -x "$@" ;;
  *) exec $line "$@" ;;
esac
`;

/** The programs `sbang` that the packages' scripts call: they belong to Spack's store, and are in no tarball. */
export function sbangEntries(packages: readonly PlacedPackage[]): readonly LayerEntry[] {
  const wanted = new Set(packages.flatMap(({ facts }) => facts.sbang));
  return [...wanted]
    .toSorted()
    .map((path) => ({ kind: 'file', path: path.slice(1), mode: 0o755, bytes: Buffer.from(script) }));
}
