import { gunzipSync } from 'node:zlib';
import { execa } from 'execa';
import { Hono, type Context } from 'hono';

const TYPE = 'application/x-git-upload-pack';

/** The repository for fetching by smart HTTP, `/<owner>/<name>.git`, with a name and token as the forge requires. */
export function standInGitRoutes(
  repository: string,
  { full, accepts }: { full: string; accepts: (login: string) => boolean },
): Hono {
  const app = new Hono();
  const uploadPack = async (c: Context, args: readonly string[], input: Buffer): Promise<Buffer> => {
    const env = { GIT_PROTOCOL: c.req.header('git-protocol') ?? '' };
    const words = ['-c', 'safe.directory=*', 'upload-pack', '--stateless-rpc', ...args, repository];
    return Buffer.from(
      (await execa('git', words, { env, input, encoding: 'buffer', stripFinalNewline: false })).stdout,
    );
  };
  app.use(`/${full}.git/*`, async (c, next) => {
    const [scheme, sent = ''] = (c.req.header('authorization') ?? '').split(' ');
    if (scheme === 'Basic' && accepts(Buffer.from(sent, 'base64').toString())) return next();
    return c.text('Authentication failed', 401, { 'WWW-Authenticate': 'Basic realm="Git"' });
  });
  app.get(`/${full}.git/info/refs`, async (c) => {
    const refs = await uploadPack(c, ['--http-backend-info-refs'], Buffer.alloc(0));
    const head = c.req.header('git-protocol') === 'version=2' ? '' : '001e# service=git-upload-pack\n0000';
    return c.body(new Uint8Array(Buffer.concat([Buffer.from(head), refs])), 200, {
      'Content-Type': `${TYPE}-advertisement`,
    });
  });
  app.post(`/${full}.git/git-upload-pack`, async (c) => {
    const sent = Buffer.from(await c.req.arrayBuffer());
    const body = c.req.header('content-encoding') === 'gzip' ? gunzipSync(sent) : sent;
    return c.body(new Uint8Array(await uploadPack(c, [], body)), 200, { 'Content-Type': `${TYPE}-result` });
  });
  return app;
}
