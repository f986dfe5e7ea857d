import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { atomicWrite, hasCode } from '../kit/index.ts';
import { mediaTypes, type Descriptor } from './descriptor.ts';
import { ociError } from './errors.ts';
import { ImageIndex } from './image-model.ts';

/** OCI image-spec, "Annotations"; skopeo and umoci take `repository:tag` as a name. */
const REF_NAME = 'org.opencontainers.image.ref.name';
/** Ours: the repository of a manifest that no tag names any more, which can still be pulled by digest. */
const REPOSITORY = 'io.slipway.repository';

/** Reads `index.json` of a layout. */
export async function readLayoutIndex(path: string): Promise<ImageIndex> {
  const fail = (reason: string) => ociError('OCI_LAYOUT_INVALID', { path, reason });
  try {
    const result = ImageIndex.safeParse(JSON.parse(await readFile(join(path, 'index.json'), 'utf8')));
    if (!result.success) throw fail('`index.json` is not an image index');
    return result.data;
  } catch (error) {
    if (error instanceof SyntaxError) throw fail('`index.json` is not JSON');
    throw hasCode(error, 'ENOENT') ? fail('it has no `index.json`') : error;
  }
}

export async function writeLayoutIndex(path: string, index: ImageIndex): Promise<void> {
  await atomicWrite(
    join(path, 'index.json'),
    JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: index.manifests }),
  );
}

/** Moves a tag. The manifest that it named before stays in the repository, by digest. */
export function withTag(
  index: ImageIndex,
  name: { repository: string; tag: string },
  manifest: Descriptor,
): ImageIndex {
  const refName = `${name.repository}:${name.tag}`;
  const others = index.manifests.flatMap((one) => {
    if (isUntagged(one, name.repository, manifest.digest)) return [];
    if (one.annotations?.[REF_NAME] !== refName) return [one];
    return one.digest === manifest.digest ? [] : [{ ...one, annotations: { [REPOSITORY]: name.repository } }];
  });
  const { mediaType, digest, size } = manifest;
  return { ...index, manifests: [...others, { mediaType, digest, size, annotations: { [REF_NAME]: refName } }] };
}

/** Takes a tag away; what it named stays in the repository, by digest. The same index if there is no such tag. */
export function withoutTag(index: ImageIndex, repository: string, tag: string): ImageIndex {
  const named = index.manifests.find((one) => refNameOf(one) === `${repository}:${tag}`);
  if (named === undefined) return index;
  const others = index.manifests.filter((one) => one !== named);
  return withUntagged({ ...index, manifests: others }, repository, named);
}

/** Takes a manifest out of a repository, unless a tag names it. The same index if there is nothing to take. */
export function withoutUntagged(index: ImageIndex, repository: string, digest: string): ImageIndex {
  const others = index.manifests.filter((one) => !isUntagged(one, repository, digest));
  return others.length === index.manifests.length ? index : { ...index, manifests: others };
}

/** Puts a manifest into a repository without a tag. */
export function withUntagged(index: ImageIndex, repository: string, manifest: Descriptor): ImageIndex {
  if (findManifest(index, repository, manifest.digest) !== undefined) return index;
  const { mediaType, digest, size } = manifest;
  return {
    ...index,
    manifests: [...index.manifests, { mediaType, digest, size, annotations: { [REPOSITORY]: repository } }],
  };
}

/** Finds the manifest of a tag or digest. Without a repository's name, the reference is a ref name of another tool. */
export function findManifest(index: ImageIndex, repository: string, reference: string): Descriptor | undefined {
  const refName = repository === '' ? reference : `${repository}:${reference}`;
  return index.manifests.find((one) => {
    if (one.annotations?.[REF_NAME] === refName) return true;
    return one.digest === reference && (repository === '' || repositoryOf(one) === repository);
  });
}

/** Tags of a repository, sorted as the distribution specification requires. */
export function tagsOf(index: ImageIndex, repository: string): readonly string[] {
  const tagged = index.manifests.filter((one) => refNameOf(one) !== undefined && repositoryOf(one) === repository);
  return tagged.map((one) => (refNameOf(one) as string).slice(repository.length + 1)).toSorted();
}

/** Manifests of a repository, tagged or not. */
export function manifestsOf(index: ImageIndex, repository: string): readonly Descriptor[] {
  return index.manifests.filter((one) => repositoryOf(one) === repository);
}

export function repositoriesIn(index: ImageIndex): readonly string[] {
  const names = index.manifests.map(repositoryOf).filter((name) => name !== undefined);
  return [...new Set(names)].toSorted();
}

function refNameOf(manifest: Descriptor): string | undefined {
  return manifest.annotations?.[REF_NAME];
}

function repositoryOf(manifest: Descriptor): string | undefined {
  const refName = refNameOf(manifest);
  const colon = refName?.lastIndexOf(':') ?? -1;
  return colon < 0 ? manifest.annotations?.[REPOSITORY] : refName?.slice(0, colon);
}

function isUntagged(manifest: Descriptor, repository: string, digest: string): boolean {
  return refNameOf(manifest) === undefined && manifest.digest === digest && repositoryOf(manifest) === repository;
}
