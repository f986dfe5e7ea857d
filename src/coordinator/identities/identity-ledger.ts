/** A pipeline of another CI system. */
export interface ExternalPipeline {
  readonly stack: string;
  readonly issuer: string;
  readonly project: string;
  /** Its id there. */
  readonly pipeline: string;
}

/** Pipelines of other CI systems, and the ID tokens that their jobs have shown. Every call is one transaction. */
export interface IdentityLedger {
  isTokenUsed(token: string): boolean;
  /** Records that a token was used; false if it was before. Forgets tokens that expired before `now`. */
  useToken(token: string, times: { readonly expiresAt: number; readonly now: number }): boolean;
  /** Returns the newest pipeline that was created for one elsewhere. */
  pipelineOf(external: ExternalPipeline): string | undefined;
  setPipeline(external: ExternalPipeline, pipeline: string): void;
}
