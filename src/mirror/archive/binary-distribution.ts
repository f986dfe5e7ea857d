/**
 * What Spack needs to know to move a package to another prefix; last file of the archive. Paths in the lists are
 * relative to the prefix.
 */
interface BinaryDistribution {
  readonly buildpath: string;
  /** Path of the program that scripts with long first lines call; by default in `bin` of the build path. */
  readonly sbang?: string;
  /** Where Spack itself was; by default the build path. */
  readonly spackPrefix?: string;
  readonly relativePrefix: string;
  readonly relocateTextfiles: readonly string[];
  readonly relocateBinaries: readonly string[];
  readonly relocateLinks: readonly string[];
  readonly hashToPrefix: ReadonlyMap<string, string>;
}

/** `.spack/binary_distribution`: one YAML flow map on one line, keys in Spack's order. */
export function formatBinaryDistribution(what: BinaryDistribution): string {
  const pairs: readonly (readonly [string, string])[] = [
    ['sbang_install_path', scalar(what.sbang ?? `${what.buildpath}/bin/sbang`)],
    ['buildpath', scalar(what.buildpath)],
    ['spackprefix', scalar(what.spackPrefix ?? what.buildpath)],
    ['relative_prefix', scalar(what.relativePrefix)],
    ['relocate_textfiles', sequence(what.relocateTextfiles)],
    ['relocate_binaries', sequence(what.relocateBinaries)],
    ['relocate_links', sequence(what.relocateLinks)],
    ['hardlinks_deduped', 'true'],
    [
      'hash_to_prefix',
      mapping([...what.hashToPrefix].map(([hash, prefix]) => [scalar(hash), scalar(prefix)] as const)),
    ],
  ];
  return `${mapping(pairs)}\n`;
}

function mapping(pairs: readonly (readonly [string, string])[]): string {
  return `{${pairs.map(([key, value]) => `${key}: ${value}`).join(', ')}}`;
}

function sequence(items: readonly string[]): string {
  return `[${items.map(scalar).join(', ')}]`;
}

/**
 * Plain where no YAML reader could take it for a number, a boolean or syntax; double quoted, as JSON has it, otherwise.
 */
function scalar(text: string): string {
  const isPlain = /^[A-Za-z/][\w./+-]*$/.test(text) && !/^(?:true|false|yes|no|on|off|null|y|n)$/i.test(text);
  return isPlain ? text : JSON.stringify(text);
}
