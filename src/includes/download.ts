import { includeError } from './errors.ts';
import type { Transport, TransportAnswer } from './transport.ts';

const MAX_REDIRECTS = 5;
/** Bytes of one text. */
const MAX_BYTES = 2_000_000;
const TIMEOUT_MS = 20_000;

/** What a host may be sent. */
export interface Permission {
  readonly allowPrivate: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

interface DownloadOptions {
  readonly transport: Transport;
  /** Throws if the URL, or one that the first one redirects to, must not be requested. */
  permit(url: URL): Permission;
  readonly signal: AbortSignal;
}

interface Download extends TransportAnswer {
  /** The URL that answered. */
  readonly url: string;
}

/** Requests a URL and follows redirects, each to a URL that is permitted as well. */
export async function download(address: string, { transport, permit, signal }: DownloadOptions): Promise<Download> {
  let url = checkedUrl(address);
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
    const { allowPrivate, headers = {} } = permit(url);
    const request = { url, headers, allowPrivate, maxBytes: MAX_BYTES, signal: AbortSignal.any([signal, timeout]) };
    const answer = await transport(request).catch((error: unknown) => {
      if (!timeout.aborted && !signal.aborted) throw error;
      throw includeError('INCLUDE_TIMEOUT', { url: shownUrl(url), seconds: TIMEOUT_MS / 1000 }, { cause: error });
    });
    const location = answer.headers.get('location');
    if (answer.status === 304 || answer.status < 300 || answer.status >= 400 || location === null)
      return { ...answer, url: shownUrl(url) };
    url = checkedUrl(location, url);
  }
  throw includeError('INCLUDE_REDIRECTS', { url: address, limit: MAX_REDIRECTS });
}

/** Only `https` URLs without credentials are requested. */
function checkedUrl(address: string, base?: URL): URL {
  const url = URL.canParse(address, base?.href) ? new URL(address, base) : undefined;
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '' || url.hostname.endsWith('.'))
    throw includeError('INCLUDE_URL_INVALID', { url: address });
  return url;
}

/** The query of a URL may hold credentials. */
function shownUrl({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}
