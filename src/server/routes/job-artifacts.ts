import { Hono, type Context } from 'hono';
import {
  archiveOf,
  artifactPath,
  mirrorRootOf,
  type CoordinatorContext,
  type Coordinator,
  type Stack,
} from '../../coordinator/index.ts';
import type { JobRun } from '../../pipeline/index.ts';
import { serverError } from '../errors.ts';
import { decode } from '../gateway/s3-canonical.ts';
import { isReadable } from '../gateway/s3-grant.ts';
import { objectResponse } from '../gateway/s3-object.ts';
import { fileBody } from '../web-body.ts';
import { answering } from './request-body.ts';

/** What reproducing a job needs: its archives at the address that Spack knows, and the mirror of a pull request. */
export function jobArtifactRoutes(coordinator: Coordinator): Hono {
  const { context } = coordinator;
  const app = new Hono();
  // The address that `spack ci rebuild` prints, for `spack ci reproduce-build`.
  app.get('/api/v4/projects/:project/jobs/:id{[0-9]+}/artifacts', (c) =>
    archiveResponse(c, context, c.req.param('id')),
  );
  app.get('/api/v1/jobs/:id{[0-9]+}/mirror/*', (c) => {
    const run = context.pipelines.run(c.req.param('id')) as JobRun;
    const stack = context.stacks.get(context.pipelines.record(run.pipeline)?.stack ?? '') as Stack;
    return answering(c, () => readMirror(c, stack, mirrorRootOf(context, run)));
  });
  return app;
}

/** Answers the archive of an attempt at a job. */
export function archiveResponse(c: Context, context: CoordinatorContext, id: string): Response {
  const archive = context.pipelines.run(id) && archiveOf(context, id);
  if (archive === undefined) throw serverError('SERVER_NOT_FOUND', { what: `archive of job ${id}` });
  c.header('Content-Type', 'application/zip');
  c.header('Content-Length', String(archive.size));
  c.header('Content-Disposition', `attachment; filename="artifacts-${id}.zip"`);
  if (c.req.raw.method === 'HEAD') return c.body(null);
  return c.body(fileBody(artifactPath(context, archive)));
}

/** Reads an object of one root: that of the job's pull request, or the protected one. */
async function readMirror(c: Context, { mirror }: Stack, root: string): Promise<Response> {
  const [, path = ''] = /\/mirror\/(.*)$/s.exec(new URL(c.req.url).pathname) ?? [];
  const key = root + decode(path);
  if (!isReadable([root], key)) return c.notFound();
  const isHead = c.req.raw.method === 'HEAD';
  return objectResponse({ store: mirror.whole, key, isHead, headers: c.req.raw.headers, cacheControl: 'no-cache' });
}
