import { Hono } from 'hono';
import { messageOf } from '../../kit/index.ts';
import type { Coordinator, Publication } from '../../coordinator/index.ts';
import { layerOrigins } from '../../image/index.ts';
import { parseReference, readImage, type Image } from '../../oci/index.ts';
import { LayerView, viewOf, type ImageContents, type ImageDetail, type PullView } from '../../protocol/index.ts';
import { found } from './problem-answer.ts';
import { imageView } from './views.ts';

const KEPT = 100;

export function imageRoutes(coordinator: Coordinator): Hono {
  const known = new Map<string, ImageContents>();
  const app = new Hono();
  app.get('/images/:id', async (c) => {
    const id = c.req.param('id');
    const publication = found(publicationOf(coordinator, id), `image ${id}`);
    return c.json(await imageDetail(coordinator, publication, known));
  });
  return app;
}

export function publicationOf(coordinator: Coordinator, id: string): Publication | undefined {
  const { stacks, ledger } = coordinator.context;
  return [...stacks.keys()].flatMap((stack) => ledger.publications(stack)).find((one) => one.id === id);
}

async function imageDetail(
  coordinator: Coordinator,
  publication: Publication,
  known: Map<string, ImageContents>,
): Promise<ImageDetail> {
  const { digest } = publication;
  const image = imageView(publication);
  if (digest === undefined || publication.state === 'removed') return { image };
  const pull = pullView(publication, digest, coordinator.context.baseUrl());
  try {
    const contents =
      known.get(digest) ??
      contentsOf(await readImage(await coordinator.context.imageTarget(publication.repository), digest));
    const [oldest] = known.keys();
    if (known.size >= KEPT && oldest !== undefined) known.delete(oldest);
    known.set(digest, contents);
    return { image, pull, contents };
  } catch (error) {
    return { image, pull, unreadable: messageOf(error) };
  }
}

/** Images without a registry of their own are served by this very server. */
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
