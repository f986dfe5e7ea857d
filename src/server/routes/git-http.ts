import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { Hono, type Context } from 'hono';
import { uploadPack } from '../../forge/index.ts';
import { hasCode, messageOf, type Logger } from '../../kit/index.ts';

/** Returns the folder of the repository that a job's token opens; undefined refuses. */
type GitAccess = (project: string, jobToken: string) => string | undefined;

interface GitHttpOptions {
  readonly log: Logger;
  /** PATH for git. */
  readonly path?: string;
}

const USER = 'gitlab-ci-token';
const SERVICE = 'git-upload-pack';

/** Codes of errors when git ends before it has read all; its exit status shows whether it succeeded. */
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

function advertise(c: Context, access: GitAccess, options: GitHttpOptions): Response {
  if (c.req.query('service') !== SERVICE) return c.text('Only fetching by smart HTTP is served here.\n', 403);
  const repository = repositoryFor(c, access);
  if (repository === undefined) return unauthorized(c);
  const protocol = c.req.header('git-protocol');
  const child = uploadPack({ repository, advertise: true, protocol, path: options.path });
  child.stdin.end();
  // Versions 0 and 1 begin with a line that names the service.
  const head = protocol === 'version=2' ? undefined : `${packetLine(`# service=${SERVICE}\n`)}0000`;
  return stream(child, { head, type: 'advertisement', log: options.log });
}

function answer(c: Context, access: GitAccess, options: GitHttpOptions): Response {
  const repository = repositoryFor(c, access);
  if (repository === undefined) return unauthorized(c);
  const { body } = c.req.raw;
  if (c.req.header('content-type') !== `application/x-${SERVICE}-request` || body === null) {
    return c.text(`A body of type application/x-${SERVICE}-request is needed.\n`, 415);
  }
  const protocol = c.req.header('git-protocol');
  const child = uploadPack({ repository, advertise: false, protocol, path: options.path });
  const source = Readable.fromWeb(body);
  const isPacked = c.req.header('content-encoding') === 'gzip';
  const sent = isPacked ? pipeline(source, createGunzip(), child.stdin) : pipeline(source, child.stdin);
  // A client that disconnects, a broken gzip, or a git that has read enough: each ends the child and so the answer.
  const request = sent.catch((error: unknown) => {
    options.log.debug({ error: messageOf(error) }, 'a fetch was cut short');
    child.kill();
    if (!GIT_STOPPED_READING.some((code) => hasCode(error, code))) throw error;
  });
  return stream(child, { type: 'result', log: options.log, request });
}

function repositoryFor(c: Context, access: GitAccess): string | undefined {
  const token = tokenOf(c.req.header('authorization'));
  if (token === undefined) return undefined;
  const { group, project = '' } = c.req.param() as { group?: string; project?: string };
  const name = project.replace(/\.git$/, '');
  return access(group === undefined ? name : `${group}/${name}`, token);
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
  /** Text before the child's output. */
  readonly head?: string;
  readonly type: 'advertisement' | 'result';
  readonly log: Logger;
  /** Settles when git has got the request. A request that was cut off looks complete to git. */
  readonly request?: Promise<void>;
}

/** Returns the child's output as a response. It ends with the child, and the child ends when its reader disconnects. */
function stream(child: ReturnType<typeof uploadPack>, { head = '', type, log, request }: Answer): Response {
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-1000)));
  const closed = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`git upload-pack ended with ${code}`))));
  });
  const ended = Promise.all([closed, request]);
  ended.catch((error: unknown) => log.warn({ error: messageOf(error), output }, 'git upload-pack failed'));
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      if (head !== '') yield Buffer.from(head);
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
