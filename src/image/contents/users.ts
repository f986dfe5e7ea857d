import type { ImageDefinition } from '../definition.ts';
import { imageError } from '../errors.ts';
import type { LayerEntry } from '../layers/own-layer.ts';

/** Content of the base's files of users, by path; what is missing, the base does not have. */
export type AccountFiles = Readonly<Record<string, string>>;

type Users = ImageDefinition['users'];

const FILES = { passwd: 'etc/passwd', group: 'etc/group', shadow: 'etc/shadow' } as const;
const ROOT = { passwd: 'root:x:0:0:root:/root:/bin/sh\n', group: 'root:x:0:\n' } as const;

/** The base's files with the users added to them, and the users' homes. */
export function userEntries(users: Users, base: AccountFiles): readonly LayerEntry[] {
  if (users.length === 0) return [];
  const passwd = base[FILES.passwd] ?? ROOT.passwd;
  const group = base[FILES.group] ?? ROOT.group;
  const shadow = base[FILES.shadow];
  refuseTaken(users, [passwd, group]);
  const lines = (one: (user: Users[number]) => string) => users.map((user) => `${one(user)}\n`).join('');
  const file = (path: string, text: string, mode: number): LayerEntry => ({
    kind: 'file',
    path,
    mode,
    bytes: Buffer.from(text),
  });
  return [
    file(
      FILES.passwd,
      `${ended(passwd)}${lines((user) => `${user.name}:x:${user.id}:${user.id}::${homeOf(user)}:${user.shell}`)}`,
      0o644,
    ),
    file(FILES.group, `${ended(group)}${lines(({ name, id }) => `${name}:x:${id}:`)}`, 0o644),
    // No password: nobody logs in to a container. The day of the last change is fixed, so that the digest is.
    ...(shadow === undefined
      ? []
      : [file(FILES.shadow, `${ended(shadow)}${lines(({ name }) => `${name}:!:19000::::::`)}`, 0o640)]),
    ...users.map((user): LayerEntry => ({
      kind: 'folder',
      path: homeOf(user).slice(1),
      mode: 0o755,
      uid: user.id,
      gid: user.id,
    })),
  ];
}

/** The number of a user by name, among the new ones and the base's; a number is taken as it is. */
export function userId(name: string, users: Users, base: AccountFiles): number {
  if (/^\d+$/.test(name)) return Number(name);
  const known = users.find((user) => user.name === name)?.id ?? idIn(base[FILES.passwd] ?? ROOT.passwd, name);
  if (known === undefined) throw imageError('IMAGE_USER_UNKNOWN', { user: name });
  return known;
}

function idIn(passwd: string, name: string): number | undefined {
  const fields = passwd.split('\n').map((line) => line.split(':'));
  const id = fields.find(([user]) => user === name)?.[2];
  return id === undefined ? undefined : Number(id);
}

function homeOf({ name, home }: Users[number]): string {
  return home ?? `/home/${name}`;
}

function refuseTaken(users: Users, files: readonly string[]): void {
  const lines = files.flatMap((text) => text.split('\n').map((line) => line.split(':')));
  const names = new Set<string>();
  for (const { name, id } of users) {
    const taken = lines.find(([user, , number]) => user === name || number === String(id));
    if (taken !== undefined || names.has(name) || names.has(String(id)))
      throw imageError('IMAGE_USER_TAKEN', { user: name, id, by: taken?.[0] ?? 'another of `users`' });
    names.add(name).add(String(id));
  }
}

function ended(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
