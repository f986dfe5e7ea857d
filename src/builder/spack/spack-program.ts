/** A Spack on this machine. */
export interface SpackProgram {
  /** The checkout: `bin/spack` and `lib/spack` are in it. */
  readonly root: string;
  readonly program: string;
  /** In Spack's form: `0.23.0`, `1.2.0.dev0`. */
  readonly version: string;
  /** Undefined where it is no git checkout. */
  readonly commit?: string;
  /** Whether this program cloned it: such a clone is not edited, and its commit identifies it. */
  readonly isClone: boolean;
}

/** The number before the first dot of the version. */
export function majorVersion({ version }: Pick<SpackProgram, 'version'>): number {
  return Number.parseInt(version, 10);
}
