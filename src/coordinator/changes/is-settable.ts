const NAME = /^[A-Za-z_]\w*$/;
const RESERVED = /^(?:AWS_|SLIPWAY_|CI_|CI$|GITLAB_CI$|S3_ENDPOINT_URL$)/;

/** Returns whether a pipeline can be given a variable of this name: it is valid, and not one that the server sets. */
export function isSettable(name: string): boolean {
  return NAME.test(name) && !RESERVED.test(name);
}
