import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/**
 * The commit that a checkout stands at, read from git's files without starting a process; undefined where there is
 * none.
 */
export async function gitHead(folder: string): Promise<string | undefined> {
  const repository = await repositoryOf(folder);
  if (repository === undefined) return undefined;
  const head = await textOf(join(repository, 'HEAD'));
  const name = /^ref: (\S+)/.exec(head ?? '')?.[1];
  if (name === undefined) return commitIn(head);
  // A work tree of its own (gitrepository-layout) keeps HEAD to itself and shares the refs.
  const shared = resolve(repository, (await textOf(join(repository, 'commondir')))?.trim() ?? '.');
  const loose = commitIn(await textOf(join(shared, name)));
  if (loose !== undefined) return loose;
  const packed = (await textOf(join(shared, 'packed-refs'))) ?? '';
  return commitIn(packed.split('\n').find((line) => line.endsWith(` ${name}`)));
}

async function repositoryOf(folder: string): Promise<string | undefined> {
  const place = join(folder, '.git');
  const found = await stat(place).catch(() => undefined);
  if (found?.isDirectory() === true) return place;
  const pointed = /^gitdir: (.+)$/m.exec((await textOf(place)) ?? '')?.[1];
  return pointed === undefined ? undefined : resolve(folder, pointed);
}

function commitIn(text: string | undefined): string | undefined {
  return /^[0-9a-f]{40,64}/.exec(text ?? '')?.[0];
}

async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}
