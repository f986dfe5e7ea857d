import type { Socket } from 'node:net';

/**
 * Connects to a host after its addresses have been checked. With `public` only public ones are allowed, with `site`
 * also those of the site and of this machine.
 */
export type Connect = (
  host: { readonly host: string; readonly port: number },
  scope: 'public' | 'site',
) => Promise<Socket>;

/** How one attempt at a delivery reaches its host, and what ends it. */
export interface Attempt {
  readonly connect: Connect;
  readonly signal: AbortSignal;
}
