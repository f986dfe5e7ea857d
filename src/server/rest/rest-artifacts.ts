import { once } from 'node:events';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { Hono, type Context } from 'hono';
import { archiveOf, artifactPath, readTests, type CoordinatorContext } from '../../coordinator/index.ts';
import { SlipwayError } from '../../kit/index.ts';
import type { ArtifactList, TestList } from '../../protocol/index.ts';
import { decode } from '../gateway/s3-canonical.ts';
import { archiveResponse } from '../routes/job-artifacts.ts';
import { listArchive, openArchiveFile } from '../runner-api/artifact-archive.ts';
import { artifactError } from '../runner-api/artifact-errors.ts';
import { webBody } from '../web-body.ts';
import { artifactType } from './artifact-type.ts';
import { found } from './problem-answer.ts';
import { choiceOf } from './query-choice.ts';
import { pageOf } from './query-page.ts';

const LISTED = 10_000;

/**
 * Artifacts are untrusted, and this server's pages are at the same origin: a document among them runs no script, sends
 * no form, and loads nothing from anywhere.
 */
const sandboxed = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy':
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; form-action 'none'; " +
    "base-uri 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** What jobs left: their archives, the files in them, and the results of their tests. */
export function artifactRoutes(context: CoordinatorContext): Hono {
  const app = new Hono();
  app.get('/jobs/:id/artifacts', (c) => archiveResponse(c, context, c.req.param('id')));
  app.get('/jobs/:id/artifacts/files', async (c) => {
    const id = runOf(c, context);
    const { size, expiresAt, path } = archiveFor(context, id);
    const files = await named(id, () => listArchive(path, LISTED + 1));
    const more = files.length > LISTED;
    return c.json({ size, expiresAt, files: files.slice(0, LISTED), more } satisfies ArtifactList);
  });
  app.get('/jobs/:id/artifacts/files/*', async (c) => {
    const [, encoded = ''] = /\/artifacts\/files\/(.*)$/s.exec(new URL(c.req.url).pathname) ?? [];
    return archivedFileResponse(c, context, { id: runOf(c, context), name: decode(encoded) });
  });
  app.get('/jobs/:id/tests', async (c) => {
    const status = choiceOf(c, 'status', ['all', 'failed']);
    const { cases, omitted } = await readTests(context, runOf(c, context));
    const wanted = (c.req.query('q') ?? '').toLowerCase();
    const matching = cases.filter(
      (one) =>
        (status !== 'failed' || one.status === 'failed' || one.status === 'errored') &&
        `${one.suite} ${one.name}`.toLowerCase().includes(wanted),
    );
    const page = pageOf(c, matching, { standard: 100, most: 1000 });
    return c.json({ total: matching.length, cases: [...page], omitted } satisfies TestList);
  });
  return app;
}

/** Answers a file in the archive of a job. */
export async function archivedFileResponse(
  c: Context,
  context: CoordinatorContext,
  { id, name }: { readonly id: string; readonly name: string },
): Promise<Response> {
  const { path } = archiveFor(context, id);
  const maxBytes = context.configuration.limits.artifactBytes;
  return fileResponse(c, name, await named(id, () => openArchiveFile(path, name, { maxBytes })));
}

function runOf(c: Context, { pipelines }: CoordinatorContext): string {
  const id = c.req.param('id') ?? '';
  return found(pipelines.run(id), `job ${id}`).id;
}

function archiveFor(context: CoordinatorContext, id: string) {
  const archive = found(archiveOf(context, id), `archive of job ${id}`);
  return { ...archive, path: artifactPath(context, archive) };
}

/** Reports errors about an archive without its place on the server. */
async function named<T>(id: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof SlipwayError) || !(error.code in artifactError.table)) throw error;
    const details = { ...error.details, path: `artifacts-${id}.zip` };
    throw artifactError(error.code as keyof typeof artifactError.table, details, { cause: error });
  }
}

/** Answers a file, to be shown if a browser can show it safely, otherwise or with `download=true` to be saved. */
async function fileResponse(c: Context, name: string, stream: Readable): Promise<Response> {
  const type = artifactType(name, await headOf(stream));
  const isSaved = type === undefined || c.req.query('download') === 'true';
  const disposition = `${isSaved ? 'attachment' : 'inline'}; filename*=UTF-8''${encodeName(basename(name))}`;
  const headers = { ...sandboxed, 'Content-Type': type ?? 'application/octet-stream' };
  if (c.req.raw.method === 'HEAD') stream.destroy();
  const body = stream.destroyed ? null : webBody(stream);
  return new Response(body, { headers: { ...headers, 'Content-Disposition': disposition } });
}

/** Reads the first bytes of a stream, which stay in it. */
async function headOf(stream: Readable): Promise<Uint8Array> {
  await once(stream, 'readable');
  const head = stream.read() as Buffer | null;
  if (head !== null) stream.unshift(head);
  return head ?? new Uint8Array();
}

/** As RFC 8187 has it. */
function encodeName(name: string): string {
  return encodeURIComponent(name).replace(/['()*]/g, (one) => `%${one.charCodeAt(0).toString(16)}`);
}
