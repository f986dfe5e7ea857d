import { createWriteStream } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack as tarPack } from 'tar-stream';
import { SlipwayError, closingFile, digestStream } from '../../kit/index.ts';
import { readSpecFile, type SpecNode } from '../../spack/index.ts';
import { mirrorError } from '../errors.ts';
import { writeFailure } from '../stores/store-failure.ts';
import { BlockGzip } from './block-gzip.ts';
import { readPrefixTree, type PrefixTree } from './prefix-tree.ts';
import { TarWriter, type TarContents } from './tar-writer.ts';

interface PackRequest extends TarContents {
  /** Folder on disk with the installed files. */
  readonly folder: string;
  /** The tarball's path; made or replaced, and removed again if packing fails. */
  readonly output: string;
  readonly node: SpecNode;
  /** The text for `.spack/spec.json`, used if the folder has none. */
  readonly specFile?: string;
  /** Further files of `.spack`, by name. */
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface PackedTarball {
  readonly file: string;
  /** Of the compressed bytes. */
  readonly sha256: string;
  /** Compressed bytes. */
  readonly size: number;
  /** `sha256:…` of the uncompressed tar, as OCI's `diff_id`. */
  readonly diffId: string;
  /** Uncompressed bytes. */
  readonly tarSize: number;
}

/**
 * Packs an installed prefix as Spack does (layout 2 of its tarballs): parent folders first, depth first, files
 * before folders, sorted; owner and times 0, modes 0755 or 0644; hard links once; `.spack/binary_distribution`
 * last. The same files give the same bytes. Streams: memory does not grow with the prefix.
 */
export async function packPrefix(request: PackRequest): Promise<PackedTarball> {
  const tree = await readPrefixTree(request.folder);
  await addMetadata(tree, request);
  const tar = tarPack();
  const [plain, compressed] = [digestStream(), digestStream()];
  const writing = new TarWriter(tar, request).write(tree).catch((error: unknown) => {
    tar.destroy(error as Error);
    throw error;
  });
  const sink = createWriteStream(request.output);
  const results = await Promise.allSettled([
    writing,
    closingFile(sink, () => pipeline([tar as unknown as Readable, plain, new BlockGzip(), compressed, sink])),
  ]);
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  if (failures.length > 0) {
    await rm(request.output, { force: true });
    // If the output fails, the writer before it fails too, with a less helpful error.
    const ours =
      sink.errored instanceof SlipwayError || sink.errored === null
        ? failures.find((one) => one instanceof SlipwayError)
        : undefined;
    throw ours ?? writeFailure(request.output, sink.errored ?? failures[0]);
  }
  const { sha256, size } = compressed.result();
  const { sha256: plainSha256, size: tarSize } = plain.result();
  return { file: request.output, sha256, size, diffId: `sha256:${plainSha256}`, tarSize };
}

/** Adds the files of `.spack` that the request brings, and checks that its spec file is the package's. */
async function addMetadata(tree: PrefixTree, request: PackRequest): Promise<void> {
  const { folder, node, specFile, metadata = {} } = request;
  const { files, folders } = tree.folders.get('.spack') ?? { files: new Map(), folders: new Map() };
  tree.folders.set('.spack', { files, folders });
  const add = (name: string, text: string) => {
    const source = Buffer.from(text);
    files.set(name, { source, size: source.length, executable: false });
  };
  if (specFile !== undefined && !files.has('spec.json')) add('spec.json', specFile);
  const path = posix.join(folder, '.spack/spec.json');
  const unsuitable = (reason: string) => mirrorError('MIRROR_PREFIX_UNSUITABLE', { path, reason });
  const found = files.get('spec.json');
  if (found === undefined || !('source' in found)) throw unsuitable('there is no spec file');
  const text = typeof found.source === 'string' ? await readFile(found.source, 'utf8') : found.source.toString();
  const { hash } = readSpecFile(text).nodes[0];
  if (hash !== node.hash) throw unsuitable(`it is the spec of /${hash}, not of ${node.name}/${node.hash}`);
  for (const [name, content] of Object.entries(metadata)) add(name, content);
}
