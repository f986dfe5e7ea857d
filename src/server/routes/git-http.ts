import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { Hono, type Context } from 'hono';
import { uploadPack } from '../../forge/index.ts';
import { hasCode, messageOf, type Logger } from '../../kit/index.ts';

/** The repository that a job's token opens; undefined refuses. Tokens are compared by the caller. */
type GitAccess = (
  project: string,
  jobToken: string,
) => Promise<{ readonly repository: string } | undefined> | { readonly repository: string } | undefined;

interface GitHttpOptions {
  readonly log: Logger;
  /** PATH for git. */
  readonly path?: string;
}

const USER = 'gitlab-ci-token';
const SERVICE = 'git-upload-pack';

/** What writing to a git that has ended gives; whether it ended well, its exit status says. */
const GIT_STOPPED_READING = ['EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'];

/**
 * Smart HTTP (gitprotocol-http(5)), reading only: `/<project>.git/info/refs` and `/<project>.git/git-upload-pack`,
 * where a project is one name or `group/name`. Jobs fetch with their own token, as from GitLab.
 */
export function gitHttpRoutes(access: GitAccess, options: GitHttpOptions): Hono {
  const app = new Hono();
  for (const project of ['/:project{[^/]+\\.git}', '/:group/:project{[^/]+\\.git}']) {
    app.get(`${project}/info/refs`, (c) => advertise(c, access, options));
    app.post(`${project}/${SERVICE}`, (c) => answer(c, access, options));
    app.post(`${project}/git-receive-pack`, (c) => c.text('This repository is read-only.\n', 403));
  }
  return app;
}

async function advertise(c: Context, access: GitAccess, options: GitHttpOptions): Promise<Response> {
  if (c.req.query('service') !== SERVICE) return c.text('Only fetching by smart HTTP is served here.\n', 403);
  const repository = await repositoryFor(c, access);
  if (repository === undefined) return unauthorized(c);
  const protocol = c.req.header('git-protocol');
  const child = uploadPack({ repository, advertise: true, protocol, path: options.path });
  child.stdin.end();
  // Version 2 has no line that names the service; versions 0 and 1 have.
  const head = protocol === 'version=2' ? [] : [`${packetLine(`# service=${SERVICE}\n`)}0000`];
  return stream(child, { head, type: 'advertisement', log: options.log });
}

async function answer(c: Context, access: GitAccess, options: GitHttpOptions): Promise<Response> {
  const repository = await repositoryFor(c, access);
  if (repository === undefined) return unauthorized(c);
  const { body } = c.req.raw;
  if (c.req.header('content-type') !== `application/x-${SERVICE}-request` || body === null) {
    return c.text(`A body of type application/x-${SERVICE}-request is needed.\n`, 415);
  }
  const child = uploadPack({
    repository,
    advertise: false,
    protocol: c.req.header('git-protocol'),
    path: options.path,
  });
  const source = Readable.fromWeb(body);
  const isPacked = c.req.header('content-encoding') === 'gzip';
  const sent = isPacked ? pipeline(source, createGunzip(), child.stdin) : pipeline(source, child.stdin);
  // A client that goes away, a broken gzip, or a git that has read enough: each ends the answer by ending the child.
  const request = sent.catch((error: unknown) => {
    options.log.debug({ error: messageOf(error) }, 'a fetch was cut short');
    child.kill();
    if (!GIT_STOPPED_READING.some((code) => hasCode(error, code))) throw error;
  });
  return stream(child, { head: [], type: 'result', log: options.log, request });
}

async function repositoryFor(c: Context, access: GitAccess): Promise<string | undefined> {
  const token = tokenOf(c.req.header('authorization'));
  if (token === undefined) return undefined;
  const { group, project = '' } = c.req.param() as { group?: string; project?: string };
  const name = project.replace(/\.git$/, '');
  return (await access(group === undefined ? name : `${group}/${name}`, token))?.repository;
}

function tokenOf(header: string | undefined): string | undefined {
  const encoded = /^Basic\s+(\S+)$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const [user = '', ...password] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return user === USER && password.length > 0 ? password.join(':') : undefined;
}

function unauthorized(c: Context): Response {
  return c.text("This repository opens with a running job's token.\n", 401, {
    'WWW-Authenticate': 'Basic realm="slipway"',
  });
}

interface Answer {
  readonly head: readonly string[];
  readonly type: 'advertisement' | 'result';
  readonly log: Logger;
  /**
   * Settles when git has been sent the request. A request cut short looks like a short one to git, which then ends
   * well.
   */
  readonly request?: Promise<void>;
}

/**
 * The child's output as a response; a reader that goes away ends the child, a child that fails breaks the answer off.
 */
function stream(child: ReturnType<typeof uploadPack>, { head, type, log, request }: Answer): Response {
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-1000)));
  const closed = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`git upload-pack ended with ${code}`))));
  });
  const ended = Promise.all([closed, request]);
  ended.catch((error: unknown) => log.warn({ error: messageOf(error), complaint }, 'git upload-pack failed'));
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      for (const text of head) yield Buffer.from(text);
      yield* child.stdout;
      await ended;
    } finally {
      child.kill();
    }
  }
  return new Response(Readable.toWeb(Readable.from(chunks(), { objectMode: false })), {
    headers: {
      'Content-Type': `application/x-${SERVICE}-${type}`,
      'Cache-Control': 'no-cache, max-age=0, must-revalidate',
    },
  });
}

function packetLine(text: string): string {
  return (text.length + 4).toString(16).padStart(4, '0') + text;
}
