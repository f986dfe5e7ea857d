import { Hono } from 'hono';
import { BoundedMap, messageOf } from '../../kit/index.ts';
import type { CoordinatorContext, Publication } from '../../coordinator/index.ts';
import { layerOrigins } from '../../image/index.ts';
import { parseReference, readImage, type Image } from '../../oci/index.ts';
import {
  ImageView,
  LayerView,
  viewOf,
  type ImageContents,
  type ImageDetail,
  type PullView,
} from '../../protocol/index.ts';
import { found } from './problem-answer.ts';

const KEPT = 100;

export function imageRoutes(context: CoordinatorContext): Hono {
  const known = new BoundedMap<string, ImageContents>(KEPT);
  const readContents = async ({ repository }: Publication, digest: string) => {
    const contents = known.get(digest) ?? contentsOf(await readImage(await context.imageTarget(repository), digest));
    known.set(digest, contents);
    return contents;
  };
  const app = new Hono();
  app.get('/images/:id', async (c) => {
    const id = c.req.param('id');
    const publication = found(publicationOf(context, id), `image ${id}`);
    const image = viewOf(ImageView, publication);
    const { digest } = publication;
    if (digest === undefined || publication.state === 'removed') return c.json({ image } satisfies ImageDetail);
    const read = readContents(publication, digest).then(
      (contents) => ({ contents }),
      (error: unknown) => ({ unreadable: messageOf(error) }),
    );
    const pull = pullView(publication, digest, context.baseUrl());
    return c.json({ image, pull, ...(await read) } satisfies ImageDetail);
  });
  return app;
}

/** Returns a publication of a stack that is configured. */
export function publicationOf(
  { stacks, ledger }: Pick<CoordinatorContext, 'stacks' | 'ledger'>,
  id: string,
): Publication | undefined {
  const publication = ledger.publication(id);
  return publication !== undefined && stacks.has(publication.stack) ? publication : undefined;
}

/** Returns how to pull an image. One without a registry's host in its name is served by this server. */
function pullView({ repository, tag }: Publication, digest: string, baseUrl: string): PullView {
  const isOurs = parseReference(repository).registry === undefined;
  const name = isOurs ? `${new URL(baseUrl).host}/${repository}` : repository;
  return { tag: `${name}:${tag}`, digest: `${name}@${digest}`, insecure: isOurs && baseUrl.startsWith('http:') };
}

function contentsOf(image: Image): ImageContents {
  const { config, manifest } = image;
  const settings = config.config ?? {};
  return {
    mediaType: manifest.descriptor.mediaType,
    layers: layerOrigins(image).map(({ from, packages, descriptor }) =>
      viewOf(LayerView, { ...descriptor, from, packages: [...packages] }),
    ),
    architecture: config.architecture,
    os: config.os,
    environment: [...(settings.Env ?? [])],
    entrypoint: [...(settings.Entrypoint ?? [])],
    command: [...(settings.Cmd ?? [])],
    user: settings.User,
    workdir: settings.WorkingDir,
    labels: { ...settings.Labels },
  };
}
