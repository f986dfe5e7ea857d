/**
 * Takes variables out of the environment of this process, so that a crash report of Node.js, which lists it, contains no
 * secret. Commands have a copy of the environment.
 */
export function forgetVariables(isForgotten: (name: string) => boolean): void {
  // oxlint-disable-next-line node/no-process-env
  const { env } = process;
  for (const name of Object.keys(env)) if (isForgotten(name)) delete env[name];
}
