import { homedir } from 'node:os';
import type { ProcessVariables } from './programs/process-variables.ts';

/**
 * Returns the user's home folder: HOME, else the one in passwd(5), else `/`, as for a container that runs with a number
 * that no user has.
 */
export function homeFolder(env: ProcessVariables, ofUser: () => string = homedir): string {
  const { HOME: home = '' } = env;
  if (home !== '') return home;
  try {
    return ofUser();
  } catch {
    return '/';
  }
}
