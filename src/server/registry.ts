import { Hono, type Context } from 'hono';
import { anonymous } from '../access/index.ts';
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
import { PUBLIC_TOKEN, bearerOf, credentialOf } from './access/credential.ts';
import { principalOf } from './access/principal-of.ts';
import { refusalResponse } from './access/refusal.ts';
import { parseRange, partOf } from './byte-range.ts';
import { matchesTag } from './entity-tag.ts';
import { serverError } from './errors.ts';
import { readRegistryPath } from './registry-path.ts';
import { webBody } from './web-body.ts';

/** Returns the layout with a repository; undefined if there is no such repository. */
type RegistryLookup = (repository: string) => Promise<Layout | undefined>;

/**
 * Serves the pull side of the OCI distribution specification under `/v2/` from a layout on disk, which may not exist
 * before the first image. Nothing can be pushed. `isOpen` returns whether all images are public: clients are asked to
 * authenticate otherwise, and get a token for what is public without a password.
 */
export function registryRoutes(layout: string, isOpen: () => boolean = () => true): Hono {
  const lookup = lookupIn(layout);
  const greet = (c: Context) => {
    if (isOpen() || bearerOf(c) !== '' || principalOf(c) !== anonymous) return c.json({});
    return refusalResponse(c, serverError('SERVER_SIGN_IN_NEEDED'));
  };
  const app = new Hono();
  app.use('/v2/*', async (context, next) => {
    await next();
    context.header('Docker-Distribution-API-Version', 'registry/2.0');
  });
  app.get('/v2', greet);
  app.get('/v2/', greet);
  // The middleware has checked the token that is the password: clients send it back with every request.
  app.get('/v2/token', (c) => {
    const token = credentialOf(c) || PUBLIC_TOKEN;
    return c.json({ token, access_token: token, expires_in: 300 });
  });
  app.get('/v2/*', (context) => serve(context, lookup, isOpen()));
  app.all('/v2/*', (context) => {
    context.header('Allow', 'GET, HEAD');
    return problem(context, [405, 'UNSUPPORTED'], 'images are published by pipelines; nothing can be pushed here');
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

async function serve(context: Context, lookup: RegistryLookup, isOpen: boolean): Promise<Response> {
  const { name, kind, reference } = readRegistryPath(context);
  if (kind === '' || (kind === 'tags' && reference !== 'list')) {
    return problem(context, [404, 'UNSUPPORTED'], 'there is nothing at this address');
  }
  if (!isRepositoryName(name)) return problem(context, [400, 'NAME_INVALID'], `\`${name}\` is not a repository name`);
  const layout = await lookup(name);
  if (layout === undefined) return problem(context, [404, 'NAME_UNKNOWN'], `there is no repository \`${name}\``);
  const request = { layout, name, reference };
  // A blob of a private image must not open in the name of a public repository.
  if (kind === 'blobs' && !isOpen && !(await layout.holds(name, reference)))
    return problem(context, [404, 'BLOB_UNKNOWN'], `there is no blob ${reference} in \`${name}\``);
  if (kind === 'tags') return serveTags(context, request);
  if (kind === 'referrers') return serveReferrers(context, request);
  return kind === 'blobs' ? serveBlob(context, request) : serveManifest(context, request);
}

interface RegistryRequest {
  readonly layout: Layout;
  readonly name: string;
  readonly reference: string;
}

async function serveManifest(context: Context, { layout, name, reference }: RegistryRequest): Promise<Response> {
  const isValid = isTag(reference) || isDigest(reference);
  const found = isValid ? await layout.resolve(name, reference) : undefined;
  if (found === undefined) return problem(context, [404, 'MANIFEST_UNKNOWN'], `\`${name}\` has no \`${reference}\``);
  const { digest, mediaType, size } = found.descriptor;
  const headers = { ...contentHeaders(digest, isDigest(reference)), 'Content-Type': mediaType };
  if (matchesTag(context.req.header('if-none-match'), digest)) return context.body(null, 304, headers);
  const body = context.req.method === 'HEAD' ? null : new Uint8Array(found.bytes);
  return new Response(body, { headers: { ...headers, 'Content-Length': String(size) } });
}

async function serveBlob(context: Context, { layout, reference: digest }: RegistryRequest): Promise<Response> {
  if (!isDigest(digest)) return problem(context, [400, 'DIGEST_INVALID'], `\`${digest}\` is not a sha256 digest`);
  const size = await layout.sizeOf(digest);
  if (size === undefined) return problem(context, [404, 'BLOB_UNKNOWN'], `there is no blob ${digest}`);
  const headers = {
    ...contentHeaders(digest, true),
    'Accept-Ranges': 'bytes',
    'Content-Type': 'application/octet-stream',
  };
  if (matchesTag(context.req.header('if-none-match'), digest)) return context.body(null, 304, headers);
  const range = parseRange(context.req.header('range'), size);
  if (range === 'unsatisfiable') {
    context.header('Content-Range', `bytes */${size}`);
    return problem(context, [416, 'SIZE_INVALID'], `the blob has ${size} bytes`);
  }
  const part = partOf(range, size);
  // A stream that is never read would keep its file open.
  const stream = context.req.method === 'HEAD' || size === 0 ? undefined : await layout.openBlob(digest, part);
  const body = stream === undefined ? null : webBody(stream);
  return new Response(body, { status: part.status, headers: { ...headers, ...part.headers } });
}

/** Pages as OCI distribution-spec, "Listing Tags", has them: `n` and `last`, with the next page in `Link`. */
async function serveTags(context: Context, { layout, name }: RegistryRequest): Promise<Response> {
  const { n, last } = context.req.query();
  const tags = (await layout.tags(name)).filter((tag) => last === undefined || tag > last);
  const limit = n === undefined ? tags.length : Number(n);
  if (!Number.isInteger(limit) || limit < 0) return problem(context, [400, 'UNSUPPORTED'], '`n` is a number of tags');
  const page = tags.slice(0, limit);
  const end = page.at(-1);
  if (page.length < tags.length && end !== undefined) {
    context.header('Link', `</v2/${name}/tags/list?n=${limit}&last=${encodeURIComponent(end)}>; rel="next"`);
  }
  return context.json({ name, tags: page });
}

/** OCI distribution-spec, "Listing Referrers". */
async function serveReferrers(context: Context, { layout, name, reference }: RegistryRequest): Promise<Response> {
  if (!isDigest(reference)) return problem(context, [400, 'DIGEST_INVALID'], `\`${reference}\` is not a sha256 digest`);
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

/** OCI distribution-spec, "Error Codes". */
function problem(context: Context, [status, code]: [400 | 404 | 405 | 416, string], message: string): Response {
  return context.json({ errors: [{ code, message, detail: {} }] }, status);
}
