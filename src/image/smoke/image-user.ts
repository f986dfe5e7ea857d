import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Numbers of the user that an image names (`spack`, `1000`, `spack:staff`), by the image's own files; root without one.
 */
export async function imageUser(root: string, text: string | undefined): Promise<{ uid: number; gid: number }> {
  const [user = '', group] = (text ?? '').split(':');
  if (user === '') return { uid: 0, gid: 0 };
  const lines = await readLines(join(root, 'etc/passwd'));
  const found = lines.find(([name, , uid]) => name === user || uid === user);
  const uid = Number(found?.[2] ?? user);
  const named = await readLines(join(root, 'etc/group'));
  const gid = group === undefined ? found?.[3] : (named.find(([name]) => name === group)?.[2] ?? group);
  return { uid: numberOr(uid, 0), gid: numberOr(Number(gid ?? uid), 0) };
}

async function readLines(file: string): Promise<readonly (readonly string[])[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').map((line) => line.split(':'));
}

function numberOr(value: number, otherwise: number): number {
  return Number.isInteger(value) && value >= 0 ? value : otherwise;
}
