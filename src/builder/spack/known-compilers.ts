import type { JobFolders } from './isolated-environment.ts';
import { namesCompiler } from './named-compilers.ts';
import { majorVersion } from './spack-program.ts';
import { spackCommand, type SpackSession } from './spack-session.ts';

interface CompilerFolders {
  readonly folders: JobFolders;
  /** The user's scope if this program created it: Spack keeps the compilers of PATH there. */
  readonly ownScope: string;
}

/**
 * Returns the session with the compilers for Spack: those that the environment or the operator configures, or, without
 * any, those found on PATH.
 */
export async function withCompilers(
  session: SpackSession,
  { folders, ownScope }: CompilerFolders,
): Promise<SpackSession> {
  const { spack, environment, configScopes } = session;
  const isOwn = session.variables['SPACK_USER_CONFIG_PATH'] === ownScope;
  const variables = isOwn ? { ...session.variables, SPACK_USER_CONFIG_PATH: `${ownScope}-empty` } : session.variables;
  if (await namesCompiler({ spack, variables, environment, configScopes })) return { ...session, variables };
  // Those that an earlier job found.
  if (isOwn && (await namesCompiler({ spack, variables: session.variables }))) return session;
  await findCompilers({ ...session, environment: undefined }, folders);
  return session;
}

/**
 * Makes Spack below 1.0 keep the compilers that it finds in the user's scope; later it would change the environment.
 */
async function findCompilers(session: SpackSession, { misc_cache }: JobFolders): Promise<void> {
  if (majorVersion(session.spack) >= 1) return;
  const options = { isQuiet: true, settings: [`config:misc_cache:${misc_cache}`] };
  const known = await spackCommand(session, ['config', 'get', 'compilers'], options);
  if (known.code === 0 && known.lines.some((line) => /^\s*- compiler:/.test(line))) return;
  await spackCommand(session, ['compiler', 'find', '--scope', 'user'], options);
}
