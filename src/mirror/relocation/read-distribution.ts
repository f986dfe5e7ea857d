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

/** What a package says of the place that it was built for, and of its files that name places. */
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
 * MIRROR_RELOCATION_REFUSED where it does not say what relocation needs to know.
 */
export async function readDistribution(folder: string): Promise<BuiltFor> {
  const path = join(folder, '.spack/binary_distribution');
  const found = Distribution.safeParse(load(await textOf(path)));
  if (!found.success) {
    const issue = found.error.issues[0];
    throw refused(path, `its \`${issue?.path.join('.') ?? ''}\` is not as Spack writes it`);
  }
  const said = found.data;
  if (said.relative_prefix === undefined) throw refused(path, 'it does not name the prefix that it was built for');
  if (said.relative_rpaths === true)
    throw refused(path, 'its RPATHs are relative, as only old versions of Spack made them');
  const reversed = Object.entries(said.prefix_to_hash ?? {}).map(([prefix, hash]) => [hash, prefix] as const);
  return {
    prefix: posix.join(said.buildpath, said.relative_prefix),
    root: said.buildpath,
    sbang: said.sbang_install_path,
    spackPrefix: said.spackprefix,
    textFiles: said.relocate_textfiles.filter((name) => !name.endsWith('~')),
    binaries: said.relocate_binaries,
    links: said.relocate_links,
    prefixes: new Map(said.hash_to_prefix === undefined ? reversed : Object.entries(said.hash_to_prefix)),
  };
}

async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw refused(path, hasCode(error, 'ENOENT') ? 'the file is missing' : messageOf(error));
  });
}

function refused(file: string, reason: string) {
  return mirrorError('MIRROR_RELOCATION_REFUSED', { file, reason });
}
