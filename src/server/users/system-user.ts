import { attemptProgram, type ProgramUser } from '../../kit/index.ts';

/** A user of this machine. */
export interface SystemUser extends ProgramUser {
  readonly name: string;
  readonly home: string;
}

/** Returns the user of a name; undefined if there is none. `getent` also finds users of directory services. */
export async function findUser(name: string): Promise<SystemUser | undefined> {
  const { text, isSuccess } = await attemptProgram('getent', ['passwd', name], { env: 'inherited' });
  const [found, , uid, gid, , home = '/'] = text.split(':');
  // A number is taken as the id of a user who has another name.
  if (!isSuccess || found !== name) return undefined;
  return { name, uid: Number(uid), gid: Number(gid), home };
}

/** Returns variables for a program that runs as another user: its home, and no folders of the present one. */
export function variablesOf({ name, home }: SystemUser, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([variable]) => !/^(?:XDG_|SUDO_|MAIL$)/.test(variable));
  return { ...Object.fromEntries(kept), HOME: home, USER: name, LOGNAME: name };
}
