import { BoundedMap, messageOf } from '../../kit/index.ts';
import type { CoordinatorContext, Publication } from '../../coordinator/index.ts';
import {
  baseOf,
  imagesOf,
  layerOrigins,
  lockLabel,
  platformOf,
  platformText,
  readPublished,
  type Image,
} from '../../image/index.ts';
import { parseReference } from '../../oci/index.ts';
import {
  ImageView,
  LayerView,
  viewOf,
  type ImageContents,
  type ImageDetail,
  type PullView,
} from '../../protocol/index.ts';

const KEPT = 100;
/** Publications of a tag among which the one before and the one after are looked for. */
const LOOK_BACK = 50;

/** Returns a function that describes images; it remembers contents, which follow from the digest. */
export function imageDescriber(context: CoordinatorContext): (publication: Publication) => Promise<ImageDetail> {
  const known = new BoundedMap<string, ImageContents[]>(KEPT);
  const readContents = async ({ repository }: Publication, digest: string) => {
    const target = await context.imageTarget(repository);
    const contents = known.get(digest) ?? imagesOf(await readPublished(target, digest)).map(contentsOf);
    known.set(digest, contents);
    return contents;
  };
  return async (publication) => {
    const image = viewOf(ImageView, publication);
    const { digest } = publication;
    const neighbours = neighboursOf(context, publication);
    if (digest === undefined || publication.state === 'removed') return { image, ...neighbours };
    const read = await readContents(publication, digest).then(
      (contents) => ({ contents }),
      (error: unknown) => ({ contents: undefined, unreadable: messageOf(error) }),
    );
    const lock = read.contents?.[0]?.lock;
    return { image, pull: pullView(publication, { digest, lock, baseUrl: context.baseUrl() }), ...read, ...neighbours };
  };
}

/**
 * Returns the published images that the tag named before and after; before the first one, the last of the repository.
 */
function neighboursOf(
  { ledger }: CoordinatorContext,
  { stack, repository, tag, id }: Publication,
): Pick<ImageDetail, 'previous' | 'next'> {
  const isOther = (one: Publication) => one.state === 'published' && one.id !== id;
  const filter = { repository, tag, limit: LOOK_BACK };
  const before = (of: object) => ledger.searchPublications(stack, { ...filter, ...of, before: id }).find(isOther);
  const previous = before({}) ?? before({ tag: undefined });
  const newer = ledger.searchPublications(stack, filter).filter((one) => Number(one.id) > Number(id));
  const next = newer.findLast(isOther);
  return { previous: previous && viewOf(ImageView, previous), next: next && viewOf(ImageView, next) };
}

interface PullFacts {
  readonly digest: string;
  readonly lock: string | undefined;
  readonly baseUrl: string;
}

/** Returns how to pull an image. One without a registry's host in its name is served by this server. */
function pullView(publication: Publication, { digest, lock, baseUrl }: PullFacts): PullView {
  const { repository, tag, stack, refType } = publication;
  const isOurs = parseReference(repository).registry === undefined;
  const name = isOurs ? `${new URL(baseUrl).host}/${repository}` : repository;
  const hex = /^sha256:([0-9a-f]{64})$/.exec(lock ?? '')?.[1];
  const hasMirror = hex !== undefined && refType !== 'pull-request';
  return {
    tag: `${name}:${tag}`,
    digest: `${name}@${digest}`,
    insecure: isOurs && baseUrl.startsWith('http:'),
    mirror: hasMirror ? `${baseUrl}/mirrors/${stack}/locks/${hex}` : undefined,
  };
}

function contentsOf(image: Image): ImageContents {
  const { config, manifest } = image;
  const settings = config.config ?? {};
  return {
    platform: platformText(platformOf(image)),
    digest: manifest.descriptor.digest,
    base: baseOf(image),
    lock: lockLabel(image),
    mediaType: manifest.descriptor.mediaType,
    layers: layerOrigins(image).map(({ from, packages, descriptor }) =>
      viewOf(LayerView, { ...descriptor, from, packages: [...packages] }),
    ),
    environment: [...(settings.Env ?? [])],
    entrypoint: [...(settings.Entrypoint ?? [])],
    command: [...(settings.Cmd ?? [])],
    user: settings.User,
    workdir: settings.WorkingDir,
    labels: { ...settings.Labels },
  };
}
