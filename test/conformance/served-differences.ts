/** What a server does otherwise than a case demands. */
export interface ServedDifference {
  readonly differences: readonly string[];
  /** Why, in one sentence. */
  readonly reason: string;
}

/** All of them by case. The test of served cases fails if one is missing here, or is listed but does not occur. */
export const servedDifferences: Readonly<Record<string, ServedDifference>> = {
  'image/shell': {
    differences: [
      'The log of `a` is ["ran"] instead of ["WARNING: jobs run in shells of this machine, ' +
        'so the image `alpine` is not used, nor is any other","ran"].',
    ],
    reason: 'The runner prints its own warning in every job with an image, whereas `slipway run` prints one per run.',
  },
  'services/not-started': {
    differences: [
      'The log of `a` is ["ran"] instead of ["WARNING: the services of `a` are not started: `db`. ' +
        'Start them yourself, and name their host with `--variable`","ran"].',
    ],
    reason: 'The runner prints its own warning, because jobs of a server have no `--variable` option.',
  },
};
