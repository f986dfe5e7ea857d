import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { execa } from 'execa';
import { publishImage } from '../../src/image/index.ts';
import {
  bytesBlob,
  digestOf,
  jsonBytes,
  layoutRepository,
  manifestOf,
  mediaTypes,
  openLayout,
} from '../../src/oci/index.ts';
import type { Component } from './bill.ts';
import { equalTar } from './pack.ts';

const SUITE = 'bookworm';
const SOURCES = [`debian ${SUITE}`, `debian ${SUITE}-updates`, `debian-security ${SUITE}-security`];
/** What Slipway starts, and what recipes of C and C++ programs need. */
const PACKAGES = ['ca-certificates', 'git', 'mount', 'gcc', 'g++', 'libc6-dev', 'make', 'patch', 'xz-utils', 'bzip2'];
const USER = { id: 1000, home: '/var/lib/slipway' };

/** What the container image starts from. */
export interface ContainerBase {
  /** A tar file of the root file system. */
  readonly tar: string;
  readonly components: readonly Component[];
}

/** Makes a base of Debian packages in a folder. Returns undefined if mmdebstrap is not installed. */
export async function makeBase(folder: string, epoch: number): Promise<ContainerBase | undefined> {
  const tar = join(folder, 'base.tar');
  const leftOut = ['man', 'locale', 'info', 'doc'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`);
  const account = `slipway:x:${USER.id}`;
  const words = [
    '--variant=apt',
    '--aptopt=Acquire::Retries "5"',
    `--include=${PACKAGES.join()}`,
    ...leftOut,
    '--dpkgopt=path-include=/usr/share/doc/*/copyright',
    `--customize-hook=echo '${account}:${USER.id}::${USER.home}:/bin/sh' >> "$1/etc/passwd"`,
    `--customize-hook=echo '${account}:' >> "$1/etc/group"`,
    `--customize-hook=mkdir -p "$1${USER.home}" && chown ${USER.id}:${USER.id} "$1${USER.home}"`,
    SUITE,
    tar,
    ...SOURCES.map((source) => `deb http://deb.debian.org/${source} main`),
  ];
  try {
    await execa('mmdebstrap', words, { env: { SOURCE_DATE_EPOCH: String(epoch) } });
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined;
    throw error;
  }
  return { tar, components: await debianPackages(tar) };
}

async function debianPackages(tar: string): Promise<readonly Component[]> {
  const { stdout } = await execa('tar', ['-xOf', tar, './var/lib/dpkg/status']);
  return stdout.split('\n\n').map((paragraph) => {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(paragraph)?.[1] ?? '';
    const [name, version] = [field('Package'), field('Version')];
    const qualifiers = `arch=${field('Architecture')}&distro=debian-12`;
    const purl = `pkg:deb/debian/${name}@${encodeURIComponent(version)}?${qualifiers}`;
    return { 'bom-ref': purl, type: 'library', name, version, purl };
  });
}

interface Container {
  /** A tar file. */
  readonly base: string;
  /** Folder of an unpacked archive for x64. */
  readonly program: string;
  readonly version: string;
  readonly commit: string;
  /** Seconds since 1970, for all times in it. */
  readonly epoch: number;
  readonly scratch: string;
  /** Folder that the file goes to. */
  readonly to: string;
}

/** Packs the container image for x64 as an OCI archive: a base, and on it the files of an archive. Returns its path. */
export async function packContainer(container: Container): Promise<string> {
  const { base, program, version, epoch, scratch, to } = container;
  const equal = equalTar(epoch);
  const own = join(scratch, 'program.tar');
  await execa('tar', ['-c', ...equal, '--transform=s,^\\.,opt/slipway,', '-f', own, '-C', program, '.']);
  const tars = await Promise.all([base, own].map(async (path) => readFile(path)));
  const config = { ...configurationOf(container), rootfs: { type: 'layers' as const, diff_ids: tars.map(digestOf) } };
  const layers = await Promise.all(tars.map(async (tar) => bytesBlob(await compressed(tar), mediaTypes.layerGzip)));
  const configBlob = bytesBlob(jsonBytes(config), mediaTypes.config);
  const manifest = manifestOf({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: configBlob.descriptor,
    layers: layers.map(({ descriptor }) => descriptor),
  });
  const layout = join(scratch, 'container');
  const repository = layoutRepository(await openLayout(layout, { create: true }), 'slipway');
  await publishImage({ manifest, config, blobs: [configBlob, ...layers] }, repository, version);
  const archive = join(to, `slipway-${version}-container-x64.tar`);
  await execa('tar', ['-c', ...equal, '-f', archive, '-C', layout, '.']);
  return archive;
}

const compressed = promisify(gzip);

function configurationOf({ version, commit, epoch }: Container) {
  const created = new Date(epoch * 1000).toISOString();
  const made = [`Debian ${SUITE}: ${PACKAGES.join(' ')}`, `Slipway ${version}`];
  return {
    created,
    architecture: 'amd64',
    os: 'linux',
    config: {
      User: `${USER.id}:${USER.id}`,
      Env: [
        'PATH=/opt/slipway/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        `HOME=${USER.home}`,
        `SLIPWAY_DATA=${USER.home}/data`,
        'SLIPWAY_LISTEN=0.0.0.0:8080',
      ],
      Entrypoint: ['slipway'],
      Cmd: ['serve'],
      WorkingDir: USER.home,
      Volumes: { [USER.home]: {} },
      ExposedPorts: { '8080/tcp': {} },
      Labels: {
        'org.opencontainers.image.title': 'Slipway',
        'org.opencontainers.image.version': version,
        'org.opencontainers.image.revision': commit,
        'org.opencontainers.image.licenses': 'Apache-2.0 OR MIT',
      },
    },
    history: made.map((text) => ({ created, created_by: text })),
  };
}
