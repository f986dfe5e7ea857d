import { readFile } from 'node:fs/promises';
import type { ServerConfiguration } from '../../coordinator/index.ts';
import { quotedList } from '../../kit/index.ts';
import { serverError } from '../errors.ts';
import { findUser, type SystemUser } from './system-user.ts';

/** The users of a server that root started. The notary has the group of the server, by which it reads the mirrors. */
export interface SeparateUsers {
  readonly server: SystemUser;
  readonly notary: SystemUser;
}

const STANDARD = { server: 'slipway', notary: 'slipway-notary' };

/**
 * Returns the users that a server started as root runs as; undefined where it runs as the user that started it: one
 * without root's rights, or root if the configuration says `users: none`. Throws SERVER_USERS_MISSING and
 * SERVER_USERS_UNFIT.
 */
export async function separateUsers({ users }: Pick<ServerConfiguration, 'users'>): Promise<SeparateUsers | undefined> {
  if (process.getuid?.() !== 0 || users === 'none') return undefined;
  if (users === undefined && (await isMappedRoot())) return undefined;
  const names = users ?? STANDARD;
  const [server, notary] = await Promise.all([findUser(names.server), findUser(names.notary)]);
  if (server === undefined || notary === undefined) {
    const missing = [...(server ? [] : [names.server]), ...(notary ? [] : [names.notary])];
    throw serverError('SERVER_USERS_MISSING', { missing: quotedList(missing), ...names });
  }
  if (server.uid === 0 || notary.uid === 0 || server.uid === notary.uid) throw serverError('SERVER_USERS_UNFIT', names);
  return { server, notary: { ...notary, gid: server.gid } };
}

/** Whether root is an ordinary user outside of this user namespace (user_namespaces(7), "uid_map"). */
async function isMappedRoot(): Promise<boolean> {
  const map = await readFile('/proc/self/uid_map', 'utf8').catch(() => '');
  return map.trim() !== '' && !/^\s*0\s+0\s+4294967295\s*$/.test(map);
}
