import { Hono, type Context } from 'hono';
import type { CoordinatorContext, Publication } from '../../coordinator/index.ts';
import { comparePublished, imagesOf, platformOf, platformText, readPublished, readRecord } from '../../image/index.ts';
import { ImagePackage, ImageView, viewOf, type ImageComparison, type ImageList } from '../../protocol/index.ts';
import { mayRead, principalOf, requireStack } from '../access/principal-of.ts';
import { imageDescriber } from './image-detail.ts';
import { imageRecords, recordNames } from './image-records.ts';
import { newestPage } from './newest-page.ts';
import { found } from './problem-answer.ts';

export function imageRoutes(context: CoordinatorContext): Hono {
  const app = new Hono();
  const describe = imageDescriber(context);
  app.get('/images/:id', async (c) => c.json(await describe(imageOf(context, c.req.param('id')))));
  app.get('/images/:id/diff/:other', async (c) => {
    const { id, other } = c.req.param();
    const [older, newer] = [imageOf(context, other), imageOf(context, id)];
    found(mayRead(context, principalOf(c), older.stack) || undefined, `image ${other}`);
    return c.json(await compare(context, older, newer));
  });
  app.get('/images/:id/records', async (c) => {
    const publication = imageOf(context, c.req.param('id'));
    return c.json(await imageRecords(context, { publication, ...(await published(context, publication)) }));
  });
  app.get('/images/:id/records/:record', async (c) => recordFile(context, c));
  app.get('/stacks/:stack/images', (c) => {
    const { configuration } = requireStack(c, context, c.req.param('stack'));
    const { repository, tag, contains } = c.req.query();
    const { page, next } = newestPage(c, { standard: 30, most: 100 }, (part) =>
      context.ledger.searchPublications(configuration.name, { repository, tag, contains, ...part }),
    );
    return c.json({ images: page.map((one) => viewOf(ImageView, one)), next } satisfies ImageList);
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

function imageOf(context: CoordinatorContext, id: string): Publication {
  return found(publicationOf(context, id), `image ${id}`);
}

/** Returns where the bytes of an image are. Throws SERVER_NOT_FOUND unless it is published. */
async function published(context: CoordinatorContext, { id, repository, digest, state }: Publication) {
  const own = found(state === 'published' ? digest : undefined, `published image ${id}`);
  return { target: await context.imageTarget(repository), digest: own };
}

async function compare(context: CoordinatorContext, older: Publication, newer: Publication): Promise<ImageComparison> {
  const [from, to] = await Promise.all([older, newer].map((one) => published(context, one)));
  const named = ({ target, digest }: NonNullable<typeof from>) => ({ target, reference: digest });
  const platforms = await comparePublished(named(from!), named(to!));
  return {
    from: viewOf(ImageView, older),
    to: viewOf(ImageView, newer),
    platforms: platforms.map(({ added, removed, changed, settings, ...one }) => ({
      ...one,
      added: added.map((held) => viewOf(ImagePackage, held)),
      removed: removed.map((held) => viewOf(ImagePackage, held)),
      changed: changed.map((change) => ({
        ...change,
        from: viewOf(ImagePackage, change.from),
        to: viewOf(ImagePackage, change.to),
      })),
      settings: [...settings],
    })),
  };
}

/** Answers a record as a file that browsers save. */
async function recordFile(context: CoordinatorContext, c: Context): Promise<Response> {
  const id = c.req.param('id') ?? '';
  const { target, digest } = await published(context, imageOf(context, id));
  const images = imagesOf(await readPublished(target, digest));
  const platform = c.req.query('platform');
  const image = images.find((one) => platform === undefined || platformText(platformOf(one)) === platform);
  const name = recordNames.find((one) => one === c.req.param('record'));
  const own = image?.manifest.descriptor.digest;
  const bytes = name && own && (await readRecord(target, own, name));
  const what = `record \`${c.req.param('record')?.slice(0, 50)}\` of image ${id}`;
  return c.body(new Uint8Array(found(bytes || undefined, what)), 200, {
    'Content-Type': 'application/json',
    'Content-Disposition': `attachment; filename="image-${id}-${name}.json"`,
    'Content-Security-Policy': 'sandbox',
  });
}
