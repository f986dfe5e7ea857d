import { isIPv6 } from 'node:net';
import type { Context, MiddlewareHandler } from 'hono';
import { sha256, type Clock } from '../kit/index.ts';
import { serverError } from './errors.ts';

/** Wrong tokens that one address may show in a row. */
const ALLOWANCE = 10;
/** Time after which it may show one more. */
const RECOVERY_MS = 6000;
/** Addresses, and tokens, that are remembered. */
const MOST = 10_000;
const VARIABLE = 'tokenThrottle';

/** What tokens are shown for; each has an allowance of its own. */
export type TokenKind = 'runner' | 'account' | 'hook';

/**
 * Counts wrong tokens by address and kind. An address that has used up its allowance is answered without a look at its
 * token, which therefore cannot be guessed quickly. Tokens that were right before are exempt: runners behind one
 * address go on working while one of them, or somebody else there, shows wrong ones.
 */
class TokenThrottle {
  readonly #clock: Clock;
  readonly #wrong = new Map<string, { readonly count: number; readonly at: number }>();
  readonly #right = new Map<string, true>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Seconds until the token is looked at; 0 for now. */
  secondsToWait(source: string, token: string): number {
    if (this.#right.has(token)) return 0;
    const excess = this.#countOf(source) - ALLOWANCE + 1;
    return excess <= 0 ? 0 : Math.ceil((excess * RECOVERY_MS) / 1000);
  }

  wrong(source: string): void {
    const count = this.#countOf(source) + 1;
    remember(this.#wrong, source, { count, at: this.#clock.now() });
  }

  right(token: string): void {
    remember(this.#right, token, true);
  }

  #countOf(source: string): number {
    const known = this.#wrong.get(source);
    return known === undefined ? 0 : Math.max(0, known.count - (this.#clock.now() - known.at) / RECOVERY_MS);
  }
}

/** Has `checkToken` count for all routes after this. */
export function throttleTokens(clock: Clock): MiddlewareHandler {
  const throttle = new TokenThrottle(clock);
  return async (c, next) => {
    c.set(VARIABLE, throttle);
    await next();
  };
}

/**
 * Gives what a shown token opens, or undefined for a wrong one. Throws SERVER_TOKENS_THROTTLED, without a check, for an
 * address that has shown too many wrong ones. Requests from within this process have no address and are not counted.
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
  const shown = sha256(`${kind} ${token}`);
  const seconds = throttle.secondsToWait(source, shown);
  if (seconds > 0) {
    c.header('Retry-After', String(seconds));
    throw serverError('SERVER_TOKENS_THROTTLED', { seconds });
  }
  const found = await check();
  if (found === undefined) throttle.wrong(source);
  else throttle.right(shown);
  return found;
}

/** The other end of the connection; of IPv6 the network, since one machine may have all addresses of a /64. */
function addressOf(c: Context): string | undefined {
  const { incoming } = (c.env ?? {}) as { incoming?: { socket?: { remoteAddress?: string } } };
  const address = incoming?.socket?.remoteAddress?.replace(/^::ffff:(?=\d+\.)/, '');
  if (address === undefined || !isIPv6(address)) return address;
  const [head = [], tail = []] = address.split('::').map((half) => half.split(':').filter((group) => group !== ''));
  const missing = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  return [...head, ...missing, ...tail].slice(0, 4).join(':');
}

/** Keeps the newest entries. */
function remember<Value>(known: Map<string, Value>, key: string, value: Value): void {
  known.delete(key);
  known.set(key, value);
  const [oldest] = known.keys();
  if (known.size > MOST && oldest !== undefined) known.delete(oldest);
}
