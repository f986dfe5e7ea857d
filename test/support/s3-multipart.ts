import { createHash } from 'node:crypto';
import { Hono, type Context } from 'hono';

interface Upload {
  readonly name: string;
  readonly parts: Map<number, Buffer>;
}

/** Uploads in parts, as S3 has them; parts are listed two a page. */
export function multipartRoutes(objects: Map<string, Buffer>): Hono {
  const uploads = new Map<string, Upload>();
  const app = new Hono();
  const nameOf = (context: Context) => `${context.req.param('bucket')}/${context.req.param('key')}`;
  app.get('/:bucket', async (context, next) => {
    if (context.req.query('uploads') === undefined) return next();
    const prefix = `${context.req.param('bucket')}/${context.req.query('prefix')}`;
    const listed = [...uploads]
      .filter(([, one]) => one.name.startsWith(prefix))
      .map(
        ([id, one]) =>
          `<Upload><Key>${one.name.slice(one.name.indexOf('/') + 1)}</Key><UploadId>${id}</UploadId></Upload>`,
      );
    return context.body(`<ListMultipartUploadsResult>${listed.join('')}</ListMultipartUploadsResult>`);
  });
  app.post('/:bucket/:key{.+}', async (context) => {
    if (context.req.query('uploads') !== undefined) {
      const id = `upload-${uploads.size + 1}`;
      uploads.set(id, { name: nameOf(context), parts: new Map() });
      return context.body(`<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`);
    }
    const id = context.req.query('uploadId') ?? '';
    const upload = uploads.get(id);
    if (upload === undefined) return context.body('<Error><Code>NoSuchUpload</Code></Error>', 404);
    const text = await context.req.text();
    const named = [...text.matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>([^<]*)</g)];
    const bodies = named.map(([, number, etag]) => {
      const body = upload.parts.get(Number(number));
      return body !== undefined && `"${md5(body)}"` === etag?.replaceAll('&quot;', '"') ? body : undefined;
    });
    if (bodies.some((body) => body === undefined)) return context.body('<Error><Code>InvalidPart</Code></Error>', 400);
    uploads.delete(id);
    objects.set(upload.name, Buffer.concat(bodies as Buffer[]));
    return context.body('<CompleteMultipartUploadResult/>');
  });
  app.get('/:bucket/:key{.+}', async (context, next) => {
    const id = context.req.query('uploadId');
    if (id === undefined) return next();
    const upload = uploads.get(id);
    if (upload === undefined) return context.body('<Error><Code>NoSuchUpload</Code></Error>', 404);
    const after = Number(context.req.query('part-number-marker') ?? 0);
    const left = [...upload.parts].filter(([number]) => number > after).toSorted(([a], [b]) => a - b);
    const page = left
      .slice(0, 2)
      .map(
        ([number, body]) =>
          `<Part><PartNumber>${number}</PartNumber><ETag>&quot;${md5(body)}&quot;</ETag><Size>${body.length}</Size></Part>`,
      );
    const more = left.length > 2 ? `<NextPartNumberMarker>${left[1]?.[0]}</NextPartNumberMarker>` : '';
    return context.body(
      `<ListPartsResult>${page.join('')}<IsTruncated>${left.length > 2}</IsTruncated>${more}</ListPartsResult>`,
    );
  });
  app.put('/:bucket/:key{.+}', async (context, next) => {
    const upload = uploads.get(context.req.query('uploadId') ?? '');
    if (context.req.query('uploadId') === undefined) return next();
    if (upload === undefined) return context.body('<Error><Code>NoSuchUpload</Code></Error>', 404);
    const body = Buffer.from(await context.req.arrayBuffer());
    upload.parts.set(Number(context.req.query('partNumber')), body);
    return context.body('', 200, { etag: `"${md5(body)}"` });
  });
  return app;
}

function md5(body: Buffer): string {
  return createHash('md5').update(body).digest('hex');
}
