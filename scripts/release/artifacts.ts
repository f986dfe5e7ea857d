import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { buildDocs as buildDocsHere } from '../build-docs.ts';
import type { buildWeb as buildWebHere } from '../build-web.ts';
import type { bundle as bundleHere } from '../build.ts';
import { readBill, writeBill, type Component } from './bill.ts';
import { makeBase, packContainer } from './container.ts';
import { nodeVersion, packArchive, packNpm, type Architecture } from './pack.ts';
import { digestOf, writeProvenance } from './provenance.ts';
import { packSpack } from './spack.ts';
import type { SigningKey } from './signing-key.ts';

interface Making {
  /** A checkout of the tagged commit, with `node_modules`. */
  readonly clone: string;
  readonly scratch: string;
  readonly version: string;
  readonly to: string;
  readonly key: SigningKey | undefined;
}

const architectures: readonly Architecture[] = ['x64', 'arm64'];

/** Builds the files of a release into `to`. Returns their paths. */
export async function makeArtifacts({ clone, scratch, version, to, key }: Making): Promise<readonly string[]> {
  // From the clone, so that nothing of the checkout around it comes in.
  const { bundle } = (await import(join(clone, 'scripts/build.ts'))) as { bundle: typeof bundleHere };
  const { buildWeb } = (await import(join(clone, 'scripts/build-web.ts'))) as { buildWeb: typeof buildWebHere };
  const { buildDocs } = (await import(join(clone, 'scripts/build-docs.ts'))) as { buildDocs: typeof buildDocsHere };
  const bundled = [...(await bundle()).packages, ...(await buildWeb()), ...(await buildDocs())];
  const { stdout: seconds } = await execa('git', ['-C', clone, 'log', '-1', '--format=%ct']);
  const { stdout: commit } = await execa('git', ['-C', clone, 'rev-parse', 'HEAD']);

  const all = await readBill(clone);
  const npm = await packNpm(clone, { version, to });
  const files = [npm, await write(`${npm}.cdx.json`, writeBill(all, { bundled }))];
  let program = '';
  for (const arch of architectures) {
    const { folder, archive } = await packArchive(npm, { version, to, arch, scratch, epoch: Number(seconds) });
    await start(folder, { arch, version });
    const bill = writeBill(all, { bundled, arch, more: [nodeComponent] });
    files.push(archive, await write(`${archive}.cdx.json`, bill));
    if (arch === 'x64') program = folder;
  }
  const base = await makeBase(scratch, Number(seconds));
  if (base === undefined) {
    process.stdout.write('The container image was not made: mmdebstrap is not installed.\n');
  } else {
    const image = { base: base.tar, program, version, commit, epoch: Number(seconds), scratch, to };
    const container = await packContainer(image);
    const bill = writeBill(all, { bundled, arch: 'x64', more: [nodeComponent, ...base.components] });
    files.push(container, await write(`${container}.cdx.json`, bill));
  }
  const packed = await Promise.all(files.map(digestOf));
  const spack = await packSpack(version, { checkout: clone, scratch, to, epoch: Number(seconds), files: packed });
  const digests = [...packed, await digestOf(spack)];
  const build = { version, commit, nodes: { build: process.versions.node, archive: nodeVersion }, ...ciRun() };
  const provenance = await write(join(to, 'provenance.json'), writeProvenance(digests, build));
  const lines = [...digests, await digestOf(provenance)].map(({ name, sha256 }) => `${sha256}  ${name}\n`);
  const sums = await write(join(to, 'SHA256SUMS'), lines.join(''));
  files.push(spack, provenance, sums);
  if (key === undefined) return files;
  await execa('gpg', ['--batch', '--armor', '--local-user', key.id, '--detach-sign', sums], { env: key.env });
  return [...files, `${sums}.asc`];
}

async function write(path: string, text: string): Promise<string> {
  await writeFile(path, text);
  return path;
}

const nodeComponent: Component = {
  'bom-ref': `node@${nodeVersion}`,
  type: 'application',
  name: 'node',
  version: nodeVersion,
  purl: `pkg:generic/node@${nodeVersion}`,
  licenses: [{ license: { id: 'MIT' } }],
};

/** Where Debian's `libc6-arm64-cross` and `libstdc++6-arm64-cross` put the libraries of the other architecture. */
const ARM64_LIBRARIES = '/usr/aarch64-linux-gnu';

/** Starts the program of an archive and opens a database; another architecture is emulated, if that is installed. */
async function start(folder: string, { arch, version }: { arch: Architecture; version: string }): Promise<void> {
  const node = join(folder, 'lib/node');
  const command = arch === process.arch ? [node] : ['qemu-aarch64-static', '-L', ARM64_LIBRARIES, node];
  const missing = (what: string) =>
    process.stdout.write(`The archive for ${arch} was not started: ${what} is not installed.\n`);
  if (arch !== process.arch && !existsSync(ARM64_LIBRARIES)) return void missing(ARM64_LIBRARIES);
  const run = async (...words: readonly string[]): Promise<string> => {
    const [program = '', ...before] = command;
    return (await execa(program, [...before, ...words], { cwd: join(folder, 'lib') })).stdout;
  };
  try {
    const shown = await run('node_modules/slipway/bin/slipway.js', '--version');
    if (shown !== version) throw new Error(`The program for ${arch} reports version ${shown}.`);
    await run('node_modules/slipway/bin/slipway.js', 'status', '--help');
    await run('--eval', "new (require('libsql'))(':memory:').close()");
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOENT') throw error;
    missing(command[0] as string);
  }
}

/** The run of GitHub Actions or GitLab that builds the release. */
function ciRun(): { readonly run?: string } {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: id, CI_JOB_URL: job } = process.env;
  const run = id === undefined ? job : `${server}/${repository}/actions/runs/${id}`;
  return run === undefined ? {} : { run };
}
