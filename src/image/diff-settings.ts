import type { Image } from '../oci/index.ts';
import { baseOf } from './publish/named-base.ts';

interface ChangedSetting {
  readonly name: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** Returns the settings of two images that differ: base, environment, entrypoint, command, user, folder, labels. */
export function diffSettings(a: Image | undefined, b: Image | undefined): readonly ChangedSetting[] {
  const [before, after] = [settingsOf(a), settingsOf(b)];
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((name) => ({ name, from: before.get(name), to: after.get(name) }))
    .filter(({ from, to }) => from !== to);
}

function settingsOf(image: Image | undefined): ReadonlyMap<string, string> {
  if (image === undefined) return new Map();
  const { Env = [], Entrypoint, Cmd, User, WorkingDir, Labels } = image.config.config ?? {};
  const base = baseOf(image);
  const plain: Readonly<Record<string, string | undefined>> = {
    base: base && `${base.reference}@${base.digest}`,
    entrypoint: Entrypoint?.join(' '),
    command: Cmd?.join(' '),
    user: User,
    workdir: WorkingDir,
  };
  const pairs = [
    ...Object.entries(plain),
    ...(Env ?? []).map((line) => [`env ${line.split('=', 1)[0]}`, line.slice(line.indexOf('=') + 1)] as const),
    ...Object.entries(Labels ?? {}).map(([name, value]) => [`label ${name}`, value] as const),
  ];
  return new Map(pairs.filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== ''));
}
