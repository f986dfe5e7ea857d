/** How texts are requested. */
export interface TransportRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the host may have a private address. */
  readonly allowPrivate: boolean;
  /** The body must not be longer. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

export interface TransportAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/**
 * Sends one GET request over HTTPS. Redirects are returned as they are, so that the caller checks where they lead.
 * Throws if the address of the host may not be connected to, if the body is longer than permitted, or as the network
 * fails. Calls may overlap.
 */
export type Transport = (request: TransportRequest) => Promise<TransportAnswer>;
