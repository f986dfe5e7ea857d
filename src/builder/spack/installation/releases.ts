/** A release of Spack that can be installed, pinned by its commits. */
export interface SpackRelease {
  readonly version: string;
  /** Of https://github.com/spack/spack. */
  readonly commit: string;
  /** Of https://github.com/spack/spack-packages; up to 0.23, Spack contains its recipes. */
  readonly recipes?: string;
}

/** The first one is the default. */
export const spackReleases: readonly SpackRelease[] = [
  {
    version: '1.1.0',
    commit: '2e907202bcc8209a6a62243aab50c179b524cc3b',
    recipes: '119680aeee8ea802c6111b7167583bddef97e82f',
  },
  { version: '0.23.1', commit: '2bfcc69fa870d3c6919be87593f22647981b648a' },
];

export const spackRepository = 'https://github.com/spack/spack.git';
export const recipesRepository = 'https://github.com/spack/spack-packages.git';
