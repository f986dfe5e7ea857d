import { Hono, type Context } from 'hono';
import { hasCode } from '../kit/index.ts';
import {
  isDigest,
  isRepositoryName,
  isTag,
  layoutRepository,
  listReferrers,
  mediaTypes,
  openLayout,
  type Layout,
} from '../oci/index.ts';
import { parseRange } from './byte-range.ts';
import { webBody } from './web-body.ts';

/** The layout that holds a repository; undefined if there is no such repository. */
type RegistryLookup = (repository: string) => Promise<Layout | undefined>;

/**
 * The pull side of the OCI distribution specification under `/v2/`, out of layouts on disk: of one in a folder, which
 * need not be there before the first image is, or of several. Nothing can be pushed.
 * Everything that it serves is public to whoever reaches it.
 */
export function registryRoutes(layouts: string | RegistryLookup): Hono {
  const lookup = typeof layouts === 'function' ? layouts : lookupIn(layouts);
  const app = new Hono();
  app.use('/v2/*', async (context, next) => {
    await next();
    context.header('Docker-Distribution-API-Version', 'registry/2.0');
  });
  app.get('/v2', (context) => context.json({}));
  app.get('/v2/', (context) => context.json({}));
  app.get('/v2/*', (context) => serve(context, lookup));
  app.all('/v2/*', (context) => {
    context.header('Allow', 'GET, HEAD');
    return problem(context, 405, {
      code: 'UNSUPPORTED',
      message: 'images are published by pipelines; nothing can be pushed here',
    });
  });
  return app;
}

function lookupIn(path: string): RegistryLookup {
  let opened: Layout | undefined;
  return async (repository) => {
    opened ??= await openLayout(path).catch((error: unknown) => {
      if (hasCode(error, 'OCI_LAYOUT_INVALID')) return undefined;
      throw error;
    });
    return (await opened?.repositories())?.includes(repository) === true ? opened : undefined;
  };
}

async function serve(context: Context, lookup: RegistryLookup): Promise<Response> {
  const match = /^\/v2\/(.+)\/(manifests|blobs|tags|referrers)\/([^/]+)$/.exec(decodePath(context.req.path));
  const [, name = '', kind = '', reference = ''] = match ?? [];
  if (match === null || (kind === 'tags' && reference !== 'list')) {
    return problem(context, 404, { code: 'UNSUPPORTED', message: 'there is nothing at this address' });
  }
  if (!isRepositoryName(name))
    return problem(context, 400, { code: 'NAME_INVALID', message: `\`${name}\` is not a repository name` });
  const layout = await lookup(name);
  if (layout === undefined)
    return problem(context, 404, { code: 'NAME_UNKNOWN', message: `there is no repository \`${name}\`` });
  if (kind === 'tags') return serveTags(context, { layout, name });
  if (kind === 'referrers') return serveReferrers(context, { layout, name, reference });
  return kind === 'manifests'
    ? serveManifest(context, { layout, name, reference })
    : serveBlob(context, layout, reference);
}

async function serveManifest(
  context: Context,
  what: { layout: Layout; name: string; reference: string },
): Promise<Response> {
  const { layout, name, reference } = what;
  const isValid = isTag(reference) || isDigest(reference);
  const found = isValid ? await layout.resolve(name, reference) : undefined;
  if (found === undefined)
    return problem(context, 404, { code: 'MANIFEST_UNKNOWN', message: `\`${name}\` has no \`${reference}\`` });
  const { digest, mediaType, size } = found.descriptor;
  const headers = { ...contentHeaders(digest, isDigest(reference)), 'Content-Type': mediaType };
  if (isKnown(context, digest)) return context.body(null, 304, headers);
  const body = context.req.method === 'HEAD' ? null : new Uint8Array(found.bytes);
  return new Response(body, { headers: { ...headers, 'Content-Length': String(size) } });
}

async function serveBlob(context: Context, layout: Layout, digest: string): Promise<Response> {
  if (!isDigest(digest))
    return problem(context, 400, { code: 'DIGEST_INVALID', message: `\`${digest}\` is not a sha256 digest` });
  const size = await layout.sizeOf(digest);
  if (size === undefined) return problem(context, 404, { code: 'BLOB_UNKNOWN', message: `there is no blob ${digest}` });
  const headers = {
    ...contentHeaders(digest, true),
    'Accept-Ranges': 'bytes',
    'Content-Type': 'application/octet-stream',
  };
  if (isKnown(context, digest)) return context.body(null, 304, headers);
  const range = parseRange(context.req.header('range'), size);
  if (range === 'unsatisfiable') {
    context.header('Content-Range', `bytes */${size}`);
    return problem(context, 416, { code: 'SIZE_INVALID', message: `the blob has ${size} bytes` });
  }
  const { start, end } = range ?? { start: 0, end: size - 1 };
  const partial: Record<string, string> =
    range === undefined ? {} : { 'Content-Range': `bytes ${start}-${end}/${size}` };
  const length = { 'Content-Length': String(end - start + 1) };
  // A stream that nobody reads would keep its file open.
  const stream =
    context.req.method === 'HEAD' || size === 0 ? undefined : await layout.openBlob(digest, { start, end });
  const body = stream === undefined ? null : webBody(stream);
  return new Response(body, {
    status: range === undefined ? 200 : 206,
    headers: { ...headers, ...partial, ...length },
  });
}

/** Pages as OCI distribution-spec, "Listing Tags", has them: `n` and `last`, with the next page in `Link`. */
async function serveTags(context: Context, { layout, name }: { layout: Layout; name: string }): Promise<Response> {
  const { n, last } = context.req.query();
  const tags = (await layout.tags(name)).filter((tag) => last === undefined || tag > last);
  const limit = n === undefined ? tags.length : Number(n);
  if (!Number.isInteger(limit) || limit < 0)
    return problem(context, 400, { code: 'UNSUPPORTED', message: '`n` is a number of tags' });
  const page = tags.slice(0, limit);
  const end = page.at(-1);
  if (page.length < tags.length && end !== undefined) {
    context.header('Link', `</v2/${name}/tags/list?n=${limit}&last=${encodeURIComponent(end)}>; rel="next"`);
  }
  return context.json({ name, tags: page });
}

/** OCI distribution-spec, "Listing Referrers". */
async function serveReferrers(
  context: Context,
  { layout, name, reference }: { layout: Layout; name: string; reference: string },
): Promise<Response> {
  if (!isDigest(reference))
    return problem(context, 400, { code: 'DIGEST_INVALID', message: `\`${reference}\` is not a sha256 digest` });
  const all = await listReferrers(layoutRepository(layout, name), reference);
  const type = context.req.query('artifactType');
  if (type !== undefined) context.header('OCI-Filters-Applied', 'artifactType');
  const manifests = all.filter(({ artifactType }) => type === undefined || artifactType === type);
  context.header('Content-Type', mediaTypes.index);
  return context.body(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests }));
}

function contentHeaders(digest: string, isImmutable: boolean): Record<string, string> {
  const caching = isImmutable ? 'max-age=31536000, immutable' : 'no-cache';
  return { 'Docker-Content-Digest': digest, ETag: `"${digest}"`, 'Cache-Control': caching };
}

function isKnown(context: Context, digest: string): boolean {
  const known = context.req
    .header('if-none-match')
    ?.split(',')
    .map((one) => one.trim().replace(/^W\//, ''));
  return known?.some((one) => one === '*' || one === `"${digest}"`) ?? false;
}

/** OCI distribution-spec, "Error Codes". */
function problem(context: Context, status: 400 | 404 | 405 | 416, error: { code: string; message: string }): Response {
  return context.json({ errors: [{ ...error, detail: {} }] }, status);
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
