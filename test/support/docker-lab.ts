import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findPart } from './part.ts';
import { makeImages, programsOf, type ContainerLab } from './podman-lab.ts';

/** No network but that of the machine or none, and nothing of the machine's own docker. */
const SETTINGS = ['--iptables=false', '--ip6tables=false', '--bridge=none', '--storage-driver=vfs'];

/** A docker daemon with a folder of its own. Where it does not run, says so on stderr and returns undefined. */
export async function dockerLab(): Promise<ContainerLab | undefined> {
  const [daemon, client] = [findPart('dockerd'), findPart('docker')];
  if (daemon === undefined || client === undefined || process.getuid?.() !== 0) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'sl-d-'));
  const socket = join(folder, 'docker.sock');
  const places = ['--data-root', `${folder}/data`, '--exec-root', `${folder}/exec`, '--pidfile', `${folder}/pid`];
  const log = openSync(join(folder, 'log'), 'a');
  const child = spawn(daemon, [...SETTINGS, ...places, '--host', `unix://${socket}`], { stdio: ['ignore', log, log] });
  const ended = once(child, 'exit').catch(() => undefined);
  while (!existsSync(socket) && child.exitCode === null && child.signalCode === null) await sleep(50);
  if (!existsSync(socket)) {
    process.stderr.write(
      `skipped: docker does not run here: ${readFileSync(join(folder, 'log'), 'utf8').slice(-500)}\n`,
    );
    rmSync(folder, { recursive: true, force: true });
    return undefined;
  }
  for (const name of ['home', 'tmp']) mkdirSync(join(folder, name));
  const env = {
    PATH: process.env.PATH,
    HOME: join(folder, 'home'),
    TMPDIR: join(folder, 'tmp'),
    DOCKER_HOST: `unix://${socket}`,
    // Podman goes first, unless its settings cannot be read.
    CONTAINERS_CONF: join(folder, 'none'),
  };
  const lab: ContainerLab = {
    name: 'docker',
    user: 'root',
    folder,
    env,
    ...programsOf(env),
    runtime: (...words) =>
      execFileSync(client, words, { env, cwd: '/', encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }),
    own: () => undefined,
    close: async () => {
      child.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
  makeImages(lab);
  return lab;
}
