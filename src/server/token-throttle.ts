import { isIPv6 } from 'node:net';
import type { Context, MiddlewareHandler } from 'hono';
import { BoundedMap, sha256, type Clock } from '../kit/index.ts';
import { serverError } from './errors.ts';
import { addressOfRequest } from './remote-address.ts';

/** Wrong tokens that one address may send in a row. */
const ALLOWANCE = 10;
/** Time after which it may send one more. */
const RECOVERY_MS = 6000;
/** Addresses, and tokens, that are remembered. */
const MOST = 10_000;
const VARIABLE = 'tokenThrottle';

/** The purpose of a token; each has its own allowance. */
export type TokenKind = 'runner' | 'registration' | 'account' | 'hook';

/**
 * Counts wrong tokens by address and kind. Once an address has used up its allowance, its tokens are not checked, so
 * that they cannot be guessed quickly. Tokens that were right before are exempt: runners behind one address keep
 * working while another client there sends wrong ones.
 */
class TokenThrottle {
  readonly #clock: Clock;
  readonly #wrong = new BoundedMap<string, { readonly count: number; readonly at: number }>(MOST);
  readonly #right = new BoundedMap<string, true>(MOST);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Returns the seconds until the token is checked; 0 for now. */
  secondsToWait(source: string, token: string): number {
    if (this.#right.has(token)) return 0;
    const excess = this.#countOf(source) - ALLOWANCE + 1;
    return excess <= 0 ? 0 : Math.ceil((excess * RECOVERY_MS) / 1000);
  }

  wrong(source: string): void {
    this.#wrong.set(source, { count: this.#countOf(source) + 1, at: this.#clock.now() });
  }

  right(token: string): void {
    this.#right.set(token, true);
  }

  #countOf(source: string): number {
    const { count, at } = this.#wrong.get(source) ?? { count: 0, at: 0 };
    return Math.max(0, count - (this.#clock.now() - at) / RECOVERY_MS);
  }
}

/** Makes `checkToken` count wrong tokens on all routes after this. */
export function throttleTokens(clock: Clock): MiddlewareHandler {
  const throttle = new TokenThrottle(clock);
  return async (c, next) => {
    c.set(VARIABLE, throttle);
    await next();
  };
}

/**
 * Returns the result of `check`, which is undefined for a wrong token. Throws SERVER_TOKENS_THROTTLED instead for an
 * address that has sent too many wrong ones. Requests from within this process have no address and are not counted.
 */
export async function checkToken<Found>(
  c: Context,
  { kind, token }: { readonly kind: TokenKind; readonly token: string },
  check: () => Found | undefined | Promise<Found | undefined>,
): Promise<Found | undefined> {
  const throttle = c.get(VARIABLE) as TokenThrottle | undefined;
  const address = addressOf(c);
  if (throttle === undefined || address === undefined || token === '') return check();
  const source = `${kind} ${address}`;
  const digest = sha256(`${kind} ${token}`);
  const seconds = throttle.secondsToWait(source, digest);
  if (seconds > 0) {
    c.header('Retry-After', String(seconds));
    throw serverError('SERVER_TOKENS_THROTTLED', { seconds });
  }
  const found = await check();
  if (found === undefined) throttle.wrong(source);
  else throttle.right(digest);
  return found;
}

/** Returns the remote address; of IPv6 the network, since one machine may have all addresses of a /64. */
function addressOf(c: Context): string | undefined {
  const address = addressOfRequest(c);
  if (address === undefined || !isIPv6(address)) return address;
  const [head = [], tail = []] = address.split('::').map((half) => half.split(':').filter((group) => group !== ''));
  const missing = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  return [...head, ...missing, ...tail].slice(0, 4).join(':');
}
