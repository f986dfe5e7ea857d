import type { ImageDefinition } from '../definition.ts';
import { imageError } from '../errors.ts';
import type { LayerEntry } from '../layers/layer-tar.ts';

/** Content of the base's account files, by path, as far as the base has them. */
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
  const file = (path: string, text: string, own: (user: Users[number]) => string): LayerEntry => ({
    kind: 'file',
    path,
    content: [text.replace(/\n$/, ''), ...users.map(own), ''].join('\n'),
  });
  return [
    file(FILES.passwd, passwd, (user) => `${user.name}:x:${user.id}:${user.id}::${homeOf(user)}:${user.shell}`),
    file(FILES.group, group, ({ name, id }) => `${name}:x:${id}:`),
    // No password: there is no login to a container. The day of the last change is fixed, so that the digest is.
    ...(shadow === undefined
      ? []
      : [{ ...file(FILES.shadow, shadow, ({ name }) => `${name}:!:19000::::::`), mode: 0o640 }]),
    ...users.map((user): LayerEntry => {
      return { kind: 'folder', path: homeOf(user).slice(1), uid: user.id, gid: user.id };
    }),
  ];
}

/** The number of a user by name, among the new ones and the base's; a number is taken as it is. */
export function userId(name: string, users: Users, base: AccountFiles): number {
  if (/^\d+$/.test(name)) return Number(name);
  const known = fieldsOf(base[FILES.passwd] ?? ROOT.passwd).find(([user]) => user === name)?.[2];
  const id = users.find((user) => user.name === name)?.id ?? known;
  if (id === undefined) throw imageError('IMAGE_USER_UNKNOWN', { user: name });
  return Number(id);
}

function fieldsOf(text: string): readonly (readonly string[])[] {
  return text.split('\n').map((line) => line.split(':'));
}

function homeOf({ name, home }: Users[number]): string {
  return home ?? `/home/${name}`;
}

function refuseTaken(users: Users, files: readonly string[]): void {
  const lines = files.flatMap(fieldsOf);
  const names = new Set<string>();
  for (const { name, id } of users) {
    const taken = lines.find(([user, , number]) => user === name || number === String(id));
    if (taken !== undefined || names.has(name) || names.has(String(id)))
      throw imageError('IMAGE_USER_TAKEN', { user: name, id, by: taken?.[0] ?? 'another of `users`' });
    names.add(name).add(String(id));
  }
}
