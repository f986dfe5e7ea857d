import type { Socket } from 'node:net';

/**
 * Connects to a host after its addresses have been checked: `public` ones only, or those of the site and of this
 * machine too.
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
