import { layersOf, type ContainerConfig, type HistoryEntry, type Image, type ImageConfig } from '../oci/index.ts';
import type { EnvironmentChange } from '../spack/index.ts';
import { applyChanges } from './contents/environment-changes.ts';
import type { ImageSettings } from './definition.ts';

/** The search path in an image whose base sets none. */
export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

interface ConfigParts {
  readonly architecture: string;
  readonly variant?: string;
  readonly created: string;
  readonly base: Image | undefined;
  readonly settings: ImageSettings;
  /** Changes that the packages make to the base's variables. */
  readonly changes: readonly EnvironmentChange[];
  readonly labels: Readonly<Record<string, string | undefined>>;
  /** One for each layer above the base's. */
  readonly added: readonly { readonly diffId: string; readonly createdBy: string }[];
}

/** Makes the image's configuration: the base's, with the definition's on top. */
export function makeConfig(parts: ConfigParts): ImageConfig {
  const { architecture, created, base, added } = parts;
  const diffIds = [...(base?.config.rootfs.diff_ids ?? []), ...added.map(({ diffId }) => diffId)];
  const variants = [parts.variant, base?.config.variant].filter((one) => one !== undefined);
  return {
    created,
    architecture,
    variant: variants.toSorted().at(-1),
    os: 'linux',
    config: containerConfig(parts),
    rootfs: { type: 'layers', diff_ids: diffIds },
    history: [...baseHistory(base, created), ...added.map(({ createdBy }) => ({ created, created_by: createdBy }))],
  };
}

function containerConfig({ base, settings, changes, labels }: ConfigParts): ContainerConfig {
  const from = base?.config.config ?? {};
  const env = new Map((from.Env ?? []).map(splitVariable));
  env.set('PATH', env.get('PATH') ?? SYSTEM_PATH);
  const isOwnManual = !env.has('MANPATH');
  applyChanges(env, changes);
  // An empty part at the end of `MANPATH` stands for the system's own pages (manpath(1)).
  if (isOwnManual && env.has('MANPATH')) env.set('MANPATH', `${env.get('MANPATH')}:`);
  for (const [name, value] of Object.entries(settings.env)) env.set(name, value);
  const ports = Object.fromEntries(
    settings.ports.map((port) => [/\//.test(String(port)) ? String(port) : `${port}/tcp`, {}]),
  );
  return withoutUndefined({
    ...from,
    User: settings.user ?? from.User,
    WorkingDir: settings.workdir ?? from.WorkingDir,
    Entrypoint: settings.entrypoint ?? from.Entrypoint,
    // A new entrypoint has no use for the arguments that the base gave to its own.
    Cmd: settings.cmd ?? (settings.entrypoint === undefined ? from.Cmd : undefined),
    Env: [...env].map(([name, value]) => `${name}=${value}`),
    ExposedPorts: settings.ports.length === 0 ? from.ExposedPorts : { ...from.ExposedPorts, ...ports },
    Labels: withoutUndefined({ ...from.Labels, ...labels, ...settings.labels }) as Record<string, string>,
  });
}

/** Some tools count layers by the history, so a base without one gets a line for each layer. */
function baseHistory(base: Image | undefined, created: string): readonly HistoryEntry[] {
  if (base === undefined) return [];
  const history = base.config.history ?? [];
  const layers = layersOf(base).length;
  if (history.filter((one) => one.empty_layer !== true).length === layers) return history;
  return layersOf(base).map(() => ({ created, created_by: 'base image' }));
}

export function splitVariable(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined && one !== null)) as T;
}
