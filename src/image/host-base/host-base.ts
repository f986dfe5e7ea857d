import { readFile } from 'node:fs/promises';
import { compareText, ifExists, osReleaseField, sha256 } from '../../kit/index.ts';
import { bytesBlob, jsonBytes, manifestOf, mediaTypes, type Image, type ImageConfig } from '../../oci/index.ts';
import { RootIndex } from '../facts/root-index.ts';
import type { LayerEntry } from '../layers/layer-tar.ts';
import { ownLayer } from '../layers/own-layer.ts';
import { runtimeHistory, type RuntimePart } from './host-runtime.ts';
import { namesOf, runtimeFiles, type RuntimeFile } from './runtime-files.ts';
import { ownersOf, type SystemPackage } from './system-packages.ts';

/**
 * Makes a base image of one layer: the loader, the C library and the libraries of GCC of this machine, at their places,
 * with `/etc/os-release` and the licences. Its history lists the packages that they come from and their digests. The
 * same files give the same digest. Undefined if the machine has no C library for this architecture.
 */
export async function hostBase(architecture: string): Promise<Image | undefined> {
  const files = await runtimeFiles(architecture);
  if (files === undefined) return undefined;
  const osRelease = (await ifExists(readFile('/etc/os-release', 'utf8'))) ?? '';
  const names = new Map(files.map(({ path, source }) => [path, namesOf(source)]));
  const owners = await ownersOf(names);
  const entries = [...contentOf(files, osRelease), ...(await licences([...owners.values()]))];
  const layer = await layerOf(JSON.stringify([architecture, entries.map(digestOfEntry)]), entries);
  const created = '1970-01-01T00:00:00Z';
  const config: ImageConfig = {
    created,
    architecture,
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: [layer.diffId] },
    history: [{ created, ...runtimeHistory(partsOf(files, { owners, osRelease })) }],
  };
  const blobs = [bytesBlob(jsonBytes(config), mediaTypes.config), layer.blob];
  const [described, ...layers] = blobs.map(({ descriptor }) => descriptor);
  const manifest = manifestOf({ schemaVersion: 2, mediaType: mediaTypes.manifest, config: described, layers });
  return { manifest, config, blobs };
}

function contentOf(files: readonly RuntimeFile[], osRelease: string): readonly LayerEntry[] {
  const copied = files.map(({ path, content }): LayerEntry => {
    return { kind: 'file', path: path.slice(1), mode: 0o755, content };
  });
  return [
    ...copied,
    { kind: 'file', path: 'etc/os-release', content: osRelease },
    { kind: 'folder', path: 'tmp', mode: 0o1777 },
  ];
}

/** Reads the licences as Debian keeps them; other distributions have no file for each package. */
async function licences(packages: readonly SystemPackage[]): Promise<readonly LayerEntry[]> {
  const names = [...new Set(packages.map(({ name }) => name))].toSorted(compareText);
  const found = await Promise.all(
    names.map(async (name) => {
      const path = `usr/share/doc/${name}/copyright`;
      const content = await ifExists(readFile(`/${path}`));
      return content === undefined ? [] : [{ kind: 'file', path, content } as const];
    }),
  );
  return found.flat();
}

function digestOfEntry(entry: LayerEntry): readonly unknown[] {
  return [entry.path, entry.kind === 'file' ? sha256(entry.content) : entry.kind];
}

let last: { readonly key: string; readonly layer: Promise<HostLayer> } | undefined;
type HostLayer = NonNullable<Awaited<ReturnType<typeof ownLayer>>>;

/** Compresses the layer once for each state of the files. */
async function layerOf(key: string, entries: readonly LayerEntry[]): Promise<HostLayer> {
  if (last?.key !== key) last = { key, layer: ownLayer(entries, new RootIndex(), 'C runtime') as Promise<HostLayer> };
  return last.layer;
}

interface Origins {
  /** By path in the image. */
  readonly owners: ReadonlyMap<string, SystemPackage>;
  readonly osRelease: string;
}

/** Groups the files by the packages that own them, sorted by name. */
function partsOf(files: readonly RuntimeFile[], { owners, osRelease }: Origins): readonly RuntimePart[] {
  const parts = new Map<string, RuntimePart & { files: Record<string, string> }>();
  for (const { path, content } of files) {
    const owner = owners.get(path);
    const name = owner?.name ?? path.slice(path.lastIndexOf('/') + 1);
    const known = parts.get(name) ?? {
      name,
      version: owner?.version,
      purl: owner && purlOf(owner, osRelease),
      files: {},
    };
    known.files[path] = sha256(content);
    parts.set(name, known);
  }
  return [...parts.values()].toSorted((a, b) => compareText(a.name, b.name));
}

/** `pkg:deb/debian/libc6@2.36-9%2Bdeb12u10?arch=amd64&distro=debian-12`: <https://github.com/package-url/purl-spec>. */
function purlOf({ name, version, architecture, type }: SystemPackage, osRelease: string): string {
  const id = osReleaseField(osRelease, 'ID') ?? 'linux';
  const number = osReleaseField(osRelease, 'VERSION_ID');
  const distribution = number === undefined ? id : `${id}-${number}`;
  const at = encodeURIComponent(version);
  return `pkg:${type}/${id}/${encodeURIComponent(name)}@${at}?arch=${architecture}&distro=${distribution}`;
}
