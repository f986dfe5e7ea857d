/** One thing that Slipway uses on this machine. */
export interface PartReport {
  readonly name: string;
  readonly isNeeded: boolean;
  /** What was found (usually a version); undefined if nothing works. */
  readonly found?: string;
  /** What the part is for. */
  readonly use: string;
  /** What to do if it is missing. */
  readonly remedy: string;
}
