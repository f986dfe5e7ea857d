import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { load } from 'js-yaml';
import * as z from 'zod';
import { hasCode, messageOf } from '../../kit/index.ts';
import { mirrorError } from '../errors.ts';

/** A path below the prefix, which leads nowhere else. */
const InnerPath = z.string().refine((path) => path !== '' && !path.startsWith('/') && !path.split('/').includes('..'));

const Distribution = z.object({
  sbang_install_path: z.string().optional(),
  buildpath: z.string(),
  spackprefix: z.string().optional(),
  relative_prefix: z.string().optional(),
  relative_rpaths: z.boolean().optional(),
  relocate_textfiles: z.array(InnerPath).default([]),
  relocate_binaries: z.array(InnerPath).default([]),
  relocate_links: z.array(InnerPath).default([]),
  hash_to_prefix: z.record(z.string(), z.string()).optional(),
  prefix_to_hash: z.record(z.string(), z.string()).optional(),
});

/** Where a package was built to be installed, and which of its files contain paths. */
export interface BuiltFor {
  /** Absolute. */
  readonly prefix: string;
  /** The install tree's root, padding included. */
  readonly root: string;
  readonly sbang?: string;
  readonly spackPrefix?: string;
  readonly textFiles: readonly string[];
  readonly binaries: readonly string[];
  readonly links: readonly string[];
  /** Prefix at that time, by DAG hash: the package itself, and what it links or runs. */
  readonly prefixes: ReadonlyMap<string, string>;
}

/**
 * Reads `.spack/binary_distribution` of an unpacked package, as Spack 0.16 and later write it. Throws
 * MIRROR_RELOCATION_REFUSED if it lacks what relocation needs.
 */
export async function readDistribution(folder: string): Promise<BuiltFor> {
  const path = join(folder, '.spack/binary_distribution');
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw refused(path, hasCode(error, 'ENOENT') ? 'the file is missing' : messageOf(error));
  });
  return parseDistribution(text, path);
}

/** Parses the text of such a file; `path` is for messages. */
export function parseDistribution(text: string, path: string): BuiltFor {
  const { data, error } = Distribution.safeParse(load(text));
  if (data === undefined)
    throw refused(path, `its \`${error?.issues[0]?.path.join('.') ?? ''}\` is not as Spack writes it`);
  if (data.relative_prefix === undefined) throw refused(path, 'it does not name the prefix that it was built for');
  if (data.relative_rpaths === true)
    throw refused(path, 'its RPATHs are relative, as only old versions of Spack made them');
  const reversed = Object.entries(data.prefix_to_hash ?? {}).map(([prefix, hash]) => [hash, prefix] as const);
  return {
    prefix: posix.join(data.buildpath, data.relative_prefix),
    root: data.buildpath,
    sbang: data.sbang_install_path,
    spackPrefix: data.spackprefix,
    textFiles: data.relocate_textfiles.filter((name) => !name.endsWith('~')),
    binaries: data.relocate_binaries,
    links: data.relocate_links,
    prefixes: new Map(data.hash_to_prefix === undefined ? reversed : Object.entries(data.hash_to_prefix)),
  };
}

function refused(file: string, reason: string) {
  return mirrorError('MIRROR_RELOCATION_REFUSED', { file, reason });
}
