import { Retryable, isRetryableStatus, retry, retryAfter, type RetryOptions } from '../../kit/index.ts';
import { checkKey } from './object-key.ts';
import { noAnswer, requestFailure } from './request-failure.ts';

export interface HttpStoreOptions {
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  readonly retry?: RetryOptions;
}

interface HttpRequest {
  readonly method: 'GET' | 'HEAD';
  readonly key: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Requests to a web server below one address: tries, and what its answers mean. */
export class HttpConnection {
  /** The address without user, query and trailing slash. */
  readonly url: string;
  readonly #base: string;
  readonly #options: HttpStoreOptions;

  constructor(base: string, options: HttpStoreOptions) {
    const { origin, pathname } = new URL(base);
    this.url = `${origin}${pathname}`.replace(/\/$/, '');
    this.#base = base;
    this.#options = options;
  }

  /** Sends a request until it is answered for good, and reads the answer; undefined for what is not there. */
  async request<T>(request: HttpRequest, read: (answer: Response) => Promise<T>): Promise<T | undefined> {
    const { method, key, headers = {} } = request;
    checkKey(key);
    const { fetch: send = (url: string, init: RequestInit) => fetch(url, init), retry: options } = this.#options;
    return retry(async () => {
      let answer: Response;
      try {
        answer = await send(`${this.#base}/${key.split('/').map(encodeURIComponent).join('/')}`, { method, headers });
        if (answer.ok) return await read(answer);
      } catch (error) {
        throw noAnswer({ method, key, store: this.url }, error);
      }
      await answer.body?.cancel();
      const { status } = answer;
      if (status === 404 || status === 410) return undefined;
      const failure = this.failure(request, status, `HTTP status ${status}`);
      throw isRetryableStatus(status) ? new Retryable(failure, retryAfter(answer.headers)) : failure;
    }, options);
  }

  failure({ method, key }: HttpRequest, status: number, reason: string): Error {
    return requestFailure({ method, key, store: this.url }, status, reason);
  }
}
