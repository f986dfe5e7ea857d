import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasCode } from '../../kit/index.ts';
import { serverError } from '../errors.ts';
import type { SeparateUsers } from './separate-users.ts';
import type { SystemUser } from './system-user.ts';

interface Folders {
  readonly data: string;
  readonly notary: string;
}

/**
 * Creates the folders of the server and its notary, each owned by its user, before either runs. Throws
 * SERVER_FOLDER_OWNER if one exists that belongs to another user, or has files of one.
 */
export async function ownFolders({ data, notary }: Folders, users: SeparateUsers): Promise<void> {
  const repair = [
    `chown -R ${users.server.name}: ${data}`,
    `chown -R ${users.notary.name}:${users.server.gid} ${notary}`,
    `chmod -R g+rX ${join(data, 'mirrors')}`,
  ].join('; ');
  await ownFolder(data, { user: users.server, mode: 0o710, repair, except: notary });
  await ownFolder(notary, { user: users.notary, mode: 0o700, repair });
  await checkEntries(join(notary, 'keys'), { user: users.notary, repair });
}

interface Ownership {
  readonly user: SystemUser;
  readonly repair: string;
  /** An entry that is not checked. */
  readonly except?: string;
}

async function ownFolder(path: string, { mode, ...ownership }: Ownership & { readonly mode: number }): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const isNew = await mkdir(path, { mode }).then(
    () => true,
    (error: unknown) => {
      if (!hasCode(error, 'EEXIST')) throw error;
      return false;
    },
  );
  if (isNew) return give(path, ownership.user, mode);
  await check(path, ownership);
  await checkEntries(path, ownership);
}

/** The server owns the folder above the notary's, so the new one is opened and not followed. */
async function give(path: string, { uid, gid }: SystemUser, mode: number): Promise<void> {
  const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    if ((await folder.stat()).uid !== 0) throw new Error(`${path} was replaced while it was created`);
    await folder.chown(uid, gid);
    await folder.chmod(mode);
  } finally {
    await folder.close();
  }
}

async function checkEntries(folder: string, ownership: Ownership): Promise<void> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  });
  for (const path of names.map((name) => join(folder, name)))
    if (path !== ownership.except) await check(path, ownership);
}

async function check(path: string, { user, repair }: Ownership): Promise<void> {
  const { uid } = await lstat(path);
  if (uid !== user.uid) throw serverError('SERVER_FOLDER_OWNER', { path, uid, user: user.name, repair });
}
