import type { JobFolders } from './isolated-environment.ts';
import { namesCompiler } from './named-compilers.ts';
import { majorVersion } from './spack-program.ts';
import { spackCommand, type SpackSession } from './spack-session.ts';

interface CompilerPlaces {
  readonly folders: JobFolders;
  /** The user's scope where this program gave Spack one: compilers found on PATH are kept there. */
  readonly ownScope: string;
}

/**
 * The session with the compilers that Spack is to use: those that the environment or the operator configures, and only
 * where there are none, those found on PATH.
 */
export async function withCompilers(
  session: SpackSession,
  { folders, ownScope }: CompilerPlaces,
): Promise<SpackSession> {
  const { spack, environment, configScopes } = session;
  const isOwn = session.variables['SPACK_USER_CONFIG_PATH'] === ownScope;
  const variables = isOwn ? { ...session.variables, SPACK_USER_CONFIG_PATH: `${ownScope}-empty` } : session.variables;
  if (await namesCompiler({ spack, variables, environment, configScopes })) return { ...session, variables };
  await findCompilers({ ...session, environment: undefined }, folders);
  return session;
}

/**
 * Spack below 1.0 would write the compilers that it finds into the environment; asked before, it keeps them for the
 * user.
 */
async function findCompilers(session: SpackSession, { misc_cache }: JobFolders): Promise<void> {
  if (majorVersion(session.spack) >= 1) return;
  const options = { isQuiet: true, settings: [`config:misc_cache:${misc_cache}`] };
  const known = await spackCommand(session, ['config', 'get', 'compilers'], options);
  if (known.code === 0 && /^\s*- compiler:/m.test(known.output)) return;
  await spackCommand(session, ['compiler', 'find', '--scope', 'user'], options);
}
