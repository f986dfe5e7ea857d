import { cp, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';
import { onTestFinished } from 'vitest';
import { createSigningLog, exportSigningKey, generateKey } from '../../src/notary/index.ts';
import { openStoredTokens } from '../../src/server/index.ts';
import { writeLockfile, type SpecNode } from '../../src/spack/index.ts';
import { openLab, tinyStack } from './coordinator.ts';
import { serveLab } from './lab-gateway.ts';
import { removeFolder } from './remove-folder.ts';
import { signedMirror } from './signed-mirror.ts';

/** A server with stacks, and a folder with what the commands of a test read. */
export interface CliLab {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Replaces everything that differs from run to run: paths, ports, keys, times. */
  normalize(text: string): string;
}

const bump = join(import.meta.dirname, '../fixtures/spack/spack-0.23-bump');

export async function openCliLab(): Promise<CliLab> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-cli-'));
  onTestFinished(() => removeFolder(folder));
  const data = await serve();
  const gauge = await makeFolders(folder);
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: join(folder, 'home'),
    TMPDIR: folder,
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    SLIPWAY_URL: data.url,
    SLIPWAY_TOKEN: data.token,
    SLIPWAY_LAB: data.root,
    SLIPWAY_GAUGE: gauge,
  };
  return { folder, env, normalize: (text) => normalize(text, { folder, ...data }) };
}

/** Starts a server with a published image, a failed job, and one that waits for a runner. */
async function serve(): Promise<{ url: string; root: string; token: string }> {
  const lab = await openLab();
  await lab.happens(lab.push('main').event);
  await lab.workAll();
  await lab.coordinator.settle();
  await lab.happens(lab.push('main', { ...tinyStack, 'README.md': 'second' }).event);
  const job = await lab.take();
  if (job !== undefined) await lab.finish(job, { state: 'failed', failure_reason: 'script_failure', exit_code: 1 });
  const log = join(lab.folder.root, 'jobs', job?.run.id ?? '', 'trace.log');
  await mkdir(dirname(log), { recursive: true });
  await writeFile(log, '\u001B[32m$ make\u001B[0m\nit failed\n');
  const tokens = await openStoredTokens(lab.folder.root);
  const { token } = tokens.create({ name: 'test', scope: 'admin', stacks: ['*'], days: 90 });
  tokens.close();
  const gateway = await serveLab(lab);
  onTestFinished(() => gateway.close());
  return { url: gateway.url, root: lab.folder.root, token };
}

/** Returns the hash of a package that is on the mirror. */
async function makeFolders(folder: string): Promise<string> {
  const { folder: mirror, lock, gauge, signer } = await signedMirror();
  const work = join(folder, 'work');
  await mkdir(join(folder, 'home'));
  await mkdir(work);
  // SQLite can still remove its files from the private folder, although the publisher is closed.
  await cp(mirror, join(work, 'mirror'), { recursive: true, filter: (path) => basename(path) !== '.slipway' });
  await writeFile(join(work, 'spack.lock'), writeLockfile(lock));
  await writeFile(join(work, 'public.key'), signer.publicKey);
  for (const name of ['private.key', 'other.key']) {
    const key = await generateKey({ name, date: new Date(0), algorithm: 'ed25519' });
    await writeFile(join(work, name), exportSigningKey(key).reveal());
  }
  await writeFile(join(work, 'wrong.server.yaml'), 'lsiten: 127.0.0.1:0\nstacks: []\n');
  await writeFile(join(work, 'slipway.notary.yaml'), notaryConfiguration);
  await mkdir(join(work, 'hello/recipes'), { recursive: true });
  await writeFile(join(work, 'hello/spack.yaml'), 'spack: { specs: [hello] }\n');
  await writeFile(join(work, 'hello/recipes/hello.yaml'), 'name: hello\nversion: "1"\ninstall: "true"\n');
  await writeSigningLog(join(work, 'signed.jsonl'), signer.fingerprint, gauge);
  await writeFile(join(work, '.gitlab-ci.yml'), 'build: { script: [echo built] }\n');
  await cp(join(bump, 'spack.yaml'), join(work, 'bump/spack.yaml'));
  await writeFile(join(work, 'bump/before.lock'), await readFile(join(bump, 'before.lock')));
  await writeFile(join(work, 'bump/spack.lock'), await readFile(join(bump, 'after.lock')));
  await execa('git', ['init', '-q', '--bare', join(work, 'remote.git')]);
  const git = (...words: string[]) =>
    execa('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...words], {
      cwd: work,
      env: { GIT_AUTHOR_DATE: '2026-01-01T00:00:00Z', GIT_COMMITTER_DATE: '2026-01-01T00:00:00Z' },
    });
  await git('init', '-q', '-b', 'main');
  await git('add', '.gitlab-ci.yml');
  await git('commit', '-q', '-m', 'First');
  return gauge.hash;
}

async function writeSigningLog(path: string, fingerprint: string, { name, version, hash }: SpecNode): Promise<void> {
  const log = await createSigningLog(path, { clock: { now: () => 0 } });
  const job = { stack: 'lab', pipeline: '1', job: '2', lockDigest: 'ab', fingerprint };
  for (const tarball of ['first', 'second'])
    await log.append({ action: 'signed', ...job, name, version, hash, tarball });
}

const notaryConfiguration = `folder: notary-alone
listen: unix:notary.socket
token: { file: public.key }
signingKey: { file: private.key }
stacks:
  - { name: lab, mirror: mirror }
`;

function normalize(text: string, { folder, url, root }: { folder: string; url: string; root: string }): string {
  return (
    text
      .replaceAll('\r\n', '\n')
      .replaceAll(url, '<server>')
      .replaceAll(`${folder}/`, '<folder>/')
      .replaceAll(root, '<data>')
      .replaceAll(process.execPath, '<node>')
      .replaceAll(new URL('../..', import.meta.url).pathname, '<slipway>/')
      .replaceAll(/slipway_[\w-]{43}|(?:glrt|registration)-[0-9a-f]{40}/g, '<token>')
      .replaceAll(/-----BEGIN ([A-Z ]+)-----[\s\S]*?-----END \1-----/g, '<$1>')
      .replaceAll(/\bsha256:[0-9a-f]{64}\b|\b[0-9a-f]{64}\b/g, '<digest>')
      .replaceAll(/\b(?:[0-9A-F]{40}|[0-9A-F]{16})\b/g, '<key>')
      .replaceAll(/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
      .replaceAll(/\b\d{4}-\d\d-\d\d\b/g, '<date>')
      .replaceAll(/\b\d+\.\d s\b/g, '<seconds> s')
      .replaceAll(/after \d+ ms/g, 'after <ms> ms')
      // The hash has the compiler of the machine in it.
      .replaceAll(/\bhello@1 \/[a-z2-7]{7}\b/g, 'hello@1 /<hash>')
      .replaceAll(/AWS_SECRET_ACCESS_KEY=\S+/g, 'AWS_SECRET_ACCESS_KEY=<secret>')
      // A slow machine shows how long a phase took.
      .replaceAll(/^.*: (?:done in \d+ s|\d+ s, waiting for .*)\n/gm, '')
      .replaceAll(/user:\S+/g, 'user:<user>')
      // Times of the lab's clock, which other requests move on.
      .replaceAll(/\b\d+ bytes\b/g, '<n> bytes')
  );
}
