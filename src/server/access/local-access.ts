import type { Context } from 'hono';
import { anonymous, type Access, type Principal } from '../../access/index.ts';
import type { CoordinatorContext } from '../../coordinator/index.ts';
import { plainHost, type SlipwayError } from '../../kit/index.ts';
import { serverError } from '../errors.ts';
import { isLoopbackAddress } from '../listen.ts';
import { addressOfRequest, listenerOf } from '../remote-address.ts';
import { hasPrivateStack, type Sender } from './principal-of.ts';

/** A program of this machine, on a server without sign-in. It manages no tokens: that takes the data folder. */
const local: Principal = { kind: 'local', name: 'a local program', grants: [{ scope: 'approve', stacks: ['*'] }] };

/** Headers of proxies, behind which the sender may be anywhere. */
const FORWARDED = ['forwarded', 'via', 'x-real-ip', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto'];
const JSON_TYPE = /^application\/json\s*(?:;|$)/i;

interface LocalAccessParts {
  readonly context: CoordinatorContext;
  readonly access: Access;
}

/**
 * Decides whether a request without a token may do what people do. On loopback without configuration it may, if a
 * program of this machine or the server's own page sent it: neither a page of another site, nor a job.
 */
export class LocalAccess {
  readonly #context: CoordinatorContext;
  readonly #access: Access;
  #wasOpen = false;

  constructor({ context, access }: LocalAccessParts) {
    this.#context = context;
    this.#access = access;
  }

  /** The sender of a request without a token: `local`, or anonymous with the reason for it. */
  senderOf(c: Context): Sender {
    const unknown = { principal: anonymous, renewed: () => anonymous };
    if (listenerOf(c) !== 'loopback' || !this.#isOpen()) return unknown;
    const refusal = refusalOf(c);
    if (refusal !== undefined) return { ...unknown, refusal };
    return { principal: local, renewed: () => (this.#isOpen() ? local : anonymous) };
  }

  #isOpen(): boolean {
    const reason = closedBy(this.#context, this.#access);
    if (this.#wasOpen && reason !== undefined)
      this.#context.log.info({ reason }, 'changes require a token or sign-in from now on');
    this.#wasOpen = reason === undefined;
    return this.#wasOpen;
  }
}

/**
 * Returns why local programs need a token on a server that listens on loopback; undefined if they need none. A job
 * outside of the sandbox is on the network of the machine, where its requests look like those of a person.
 */
export function closedBy({ configuration, stacks, fleet }: CoordinatorContext, access: Access): string | undefined {
  const { baseUrl, hosts, trustedProxies, runners } = configuration;
  if (access.canSignIn()) return 'there are tokens or ways to sign in';
  if (baseUrl !== undefined || hosts.length > 0 || trustedProxies.length > 0)
    return 'the configuration has `baseUrl`, `hosts` or `trustedProxies`';
  if (hasPrivateStack({ stacks })) return 'there are private stacks';
  if (runners.some(({ embedded, sandbox = 'always' }) => !embedded || sandbox !== 'always'))
    return 'there are runners elsewhere, or with `sandbox: never`';
  if (fleet.hasRunners()) return 'a runner has been created';
  const isReached = [...stacks.values()].some(
    ({ forge, configuration: { identities } }) => forge.webhook !== undefined || identities.length > 0,
  );
  return isReached ? 'there are webhooks or jobs of other CI systems' : undefined;
}

/** A request that a browser sends for another site, or that a proxy forwards, is not of a person at this machine. */
function refusalOf(c: Context): SlipwayError | undefined {
  const reason = foreignReason(c);
  return reason === undefined ? undefined : serverError('SERVER_FOREIGN_CHANGE', { reason });
}

function foreignReason(c: Context): string | undefined {
  const { origin: own, hostname } = new URL(c.req.url);
  if (!isLoopbackAddress(addressOfRequest(c) ?? '')) return 'it comes from another machine';
  if (FORWARDED.some((name) => c.req.header(name) !== undefined)) return 'it came through a proxy';
  if (!isLoopbackName(hostname)) return `it is for the host \`${hostname}\``;
  const origin = c.req.header('origin') ?? own;
  if (origin !== own) return `it is of a page of \`${origin.slice(0, 255)}\``;
  const site = c.req.header('sec-fetch-site') ?? 'none';
  if (site !== 'none' && site !== 'same-origin') return 'it is of a page of another site';
  // A form of another site can send other types without asking this server first (Fetch standard, "simple requests").
  const type = c.req.header('content-type');
  return type === undefined || JSON_TYPE.test(type) ? undefined : `its body is \`${type.slice(0, 100)}\`, not JSON`;
}

function isLoopbackName(hostname: string): boolean {
  const name = plainHost(hostname).replace(/\.$/, '');
  return name === 'localhost' || name.endsWith('.localhost') || isLoopbackAddress(name);
}
