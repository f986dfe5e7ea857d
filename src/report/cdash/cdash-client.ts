import { createHash } from 'node:crypto';
import {
  Retryable,
  certificateHint,
  hasCode,
  isRetryableStatus,
  messageOf,
  retry,
  retryAfter,
  type Clock,
  type Secret,
  type Wait,
} from '../../kit/index.ts';
import { reportError } from '../errors.ts';

/** Where a stack's builds are reported. */
export interface CdashServer {
  /** From the section `cdash`, without a slash at the end. */
  readonly url: string;
  readonly project: string;
  readonly token?: Secret;
}

/** The parts of a client that tests replace. */
export interface CdashWorld {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly clock: Clock;
  readonly wait: Wait;
  /** From 0 to 1, as `Math.random`. */
  readonly random: () => number;
  readonly signal?: AbortSignal;
  /** Milliseconds that one request may take; by default Spack's 45 s. */
  readonly requestTimeout?: number;
  /** Milliseconds that all requests of one client may take together, waits included; by default 60 s. */
  readonly patience?: number;
}

interface CdashRequest {
  readonly method: 'POST' | 'PUT';
  /** Below the URL of the server, with its query. */
  readonly path: string;
  readonly body: string;
  readonly contentType?: 'text/xml' | 'application/json';
  /** The subject of the request, in words: `Build.xml`, `the build group \`Nightly\``. */
  readonly what: string;
  /** The remedy, in words. */
  readonly kept?: string;
}

const RETRY = { attempts: 4, baseMs: 1500, longestMs: 60_000 };
const MOST_ANSWER = 1_000_000;

/**
 * Sends requests to one CDash, and repeats those that may succeed later. After a request that was not answered, or
 * whose token was refused, `isOpen` is false: further ones would cost the job time for nothing.
 */
export class CdashClient {
  readonly server: CdashServer;
  readonly #world: CdashWorld;
  readonly #until: number;
  #isOpen = true;

  constructor(server: CdashServer, world: CdashWorld) {
    this.server = { ...server, url: server.url.replace(/\/+$/, '') };
    this.#world = world;
    this.#until = world.clock.now() + (world.patience ?? 60_000);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The answer's text. Fails with CDASH_UNREACHABLE, CDASH_TOKEN_REFUSED or CDASH_REFUSED. */
  async send(request: CdashRequest): Promise<string> {
    const { clock, wait, random, signal } = this.#world;
    try {
      return await retry(() => this.#try(request), { ...RETRY, until: this.#until, clock, wait, random, signal });
    } catch (error) {
      if (!hasCode(error, 'CDASH_REFUSED')) this.#isOpen = false;
      throw error;
    }
  }

  async #try(request: CdashRequest): Promise<string> {
    const unreachable = (reason: string, waitMs = 0) =>
      new Retryable(reportError('CDASH_UNREACHABLE', this.#details(request, reason)), waitMs);
    let response: Response;
    let text: string;
    try {
      response = await this.#request(request);
      text = (await response.text()).slice(0, MOST_ANSWER);
    } catch (error) {
      const remedy = certificateHint(error);
      const reason = this.#reasonOf(error);
      if (remedy.hint === undefined) throw unreachable(reason);
      throw reportError('CDASH_UNREACHABLE', this.#details(request, reason), { cause: error, ...remedy });
    }
    const message = messageIn(text);
    // CDash reports a fault of a submission in its answer, often with status 200.
    const isAccepted = response.ok && !/<status>\s*(?:ERROR|FAIL\w*)\s*<\/status>/i.test(text);
    if (isAccepted && isWhole(text, request.body)) return text;
    const reason = `it answered ${response.status}${message === '' ? '' : ` (${message})`}`;
    if (response.status === 401 || response.status === 403)
      throw reportError('CDASH_TOKEN_REFUSED', this.#details(request, reason));
    if (isAccepted) throw unreachable('it received something else than what was sent');
    if (isRetryableStatus(response.status)) throw unreachable(reason, retryAfter(response.headers));
    throw reportError('CDASH_REFUSED', this.#details(request, reason));
  }

  async #request({ method, path, body, contentType = 'application/json' }: CdashRequest): Promise<Response> {
    const { clock, signal, requestTimeout = 45_000 } = this.#world;
    const limit = AbortSignal.timeout(Math.max(1, Math.min(requestTimeout, this.#until - clock.now())));
    const { token, url } = this.server;
    const headers = new Headers({ 'Content-Type': contentType, Accept: 'application/json, text/xml' });
    if (token !== undefined) headers.set('Authorization', `Bearer ${token.reveal()}`);
    // A redirect to another host would take the token along, and a PUT does not survive one.
    return this.#world.fetch(`${url}/${path}`, {
      method,
      headers,
      body,
      redirect: 'error',
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    });
  }

  #reasonOf(error: unknown): string {
    if (this.#world.signal?.aborted === true) return 'the job was stopped';
    if (error instanceof Error && error.name === 'TimeoutError') return 'it does not answer in time';
    return messageOf(error instanceof Error && error.cause !== undefined ? error.cause : error);
  }

  #details({ what, kept = 'later builds will be reported.' }: CdashRequest, reason: string) {
    return { url: this.server.url, project: this.server.project, what, reason, kept };
  }
}

/** The message for people in an answer: CDash's XML or JSON; of anything else nothing. */
function messageIn(text: string): string {
  const [, xml] = /<message>([^<]*)<\/message>/.exec(text) ?? [];
  const [, json] = /"(?:error|message)"\s*:\s*"([^"]*)"/.exec(text) ?? [];
  return (xml ?? json ?? '').trim().slice(0, 200);
}

/** CDash answers with the MD5 of what it got. */
function isWhole(text: string, body: string): boolean {
  const [, md5] = /<md5>([0-9a-f]{32})<\/md5>/.exec(text) ?? [];
  return md5 === undefined || md5 === md5Of(body);
}

/** The checksum of CDash's protocol; it guards against nothing but accidents. */
export function md5Of(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
