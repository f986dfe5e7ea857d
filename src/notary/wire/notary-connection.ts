import type { Agent } from 'undici';
import { Retryable, messageOf, retry, type Secret, type Wait } from '../../kit/index.ts';
import { notaryError } from '../errors.ts';

export interface NotaryRequest {
  readonly method: 'GET' | 'PUT' | 'POST';
  readonly path: string;
  readonly body?: string;
}

interface NotaryAnswer {
  readonly status: number;
  readonly body: string;
}

export interface NotaryConnectionOptions {
  /**
   * `unix:<path>`, `http://127.0.0.1:<port>` or `https://…`; read for each request, since a restarted notary may
   * be elsewhere.
   */
  address(): string;
  readonly token: Secret;
  /** PEM of the certificates that count of an `https://` address; without it those that Node.js knows. */
  readonly certificate?: string;
  /** How often a request to an unreachable notary is sent: a notary that ended is restarted. */
  readonly attempts?: number;
  readonly wait?: Wait;
  /** From 0 to 1. */
  readonly random?: () => number;
}

// A tarball of many gigabytes is read whole before the answer begins.
const LONGEST_ANSWER_MS = 30 * 60_000;
/** About 20 seconds. */
const RETRY = { attempts: 24, baseMs: 100, longestMs: 1000 };

/** A connection to a notary in another process. Requests can be repeated, so an interrupted one is sent again. */
export class NotaryConnection {
  readonly #options: NotaryConnectionOptions;
  #route: Route | undefined;

  constructor(options: NotaryConnectionOptions) {
    this.#options = options;
  }

  /**
   * Throws NOTARY_UNREACHABLE when no attempt was answered, and at once
   * NOTARY_CERTIFICATE_REFUSED if the answering server cannot prove to be the notary.
   */
  async send(message: NotaryRequest): Promise<NotaryAnswer> {
    const { attempts = RETRY.attempts, wait, random } = this.#options;
    const attempt = () =>
      this.#once(message).catch((error: unknown) => {
        const details = { address: this.#options.address(), reason: reasonOf(error) };
        if (isOfCertificate(details.reason)) throw notaryError('NOTARY_CERTIFICATE_REFUSED', details, { cause: error });
        throw new Retryable(notaryError('NOTARY_UNREACHABLE', details, { cause: error }));
      });
    return retry(attempt, { ...RETRY, attempts, wait, random });
  }

  async close(): Promise<void> {
    await this.#route?.agent.destroy();
  }

  async #once({ method, path, body }: NotaryRequest): Promise<NotaryAnswer> {
    const headers = { authorization: `Bearer ${this.#options.token.reveal()}` };
    // Loaded with the first request: it is large, and commands that only check signatures send none.
    // Its default export alone is there in the bundle as well.
    const { Agent: HttpAgent, request } = (await import('undici')).default;
    const { origin, agent } = this.#way(HttpAgent);
    const answer = await request(`${origin}${path}`, { method, headers, body, dispatcher: agent });
    return { status: answer.statusCode, body: await answer.body.text() };
  }

  #way(HttpAgent: typeof Agent): Route {
    const address = this.#options.address();
    if (this.#route?.address !== address) {
      void this.#route?.agent.close();
      this.#route = routeTo(address, HttpAgent, this.#options.certificate);
    }
    return this.#route;
  }
}

interface Route {
  readonly address: string;
  readonly origin: string;
  readonly agent: Agent;
}

function routeTo(address: string, HttpAgent: typeof Agent, certificate: string | undefined): Route {
  const socketPath = /^unix:(.+)$/.exec(address)?.[1];
  const trusted = certificate === undefined ? {} : { connect: { ca: certificate } };
  const agent = new HttpAgent({
    headersTimeout: LONGEST_ANSWER_MS,
    bodyTimeout: LONGEST_ANSWER_MS,
    ...(socketPath === undefined ? trusted : { connect: { socketPath } }),
  });
  return { address, origin: socketPath === undefined ? address.replace(/\/+$/, '') : 'http://notary', agent };
}

function reasonOf(error: unknown): string {
  return (error as { code?: string }).code ?? messageOf(error);
}

/** OpenSSL's and Node.js's codes for a chain, a name or a date that is not right. */
function isOfCertificate(code: string): boolean {
  return /CERT|^ERR_TLS_|^UNABLE_TO_(?:GET_ISSUER|VERIFY_LEAF)|^HOSTNAME_MISMATCH$/.test(code);
}
