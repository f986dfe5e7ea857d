import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/kit/package-root.ts';
import { removeFolder } from './remove-folder.ts';

interface Place {
  /** Folder for all files of the proxy. */
  readonly folder: string;
  readonly port: number;
}

/** A program that the guide configures. */
export interface ReverseProxy {
  readonly program: string;
  /** Language of its block in the guide. */
  readonly block: string;
  /** Returns the configuration around the block, which listens without TLS at `127.0.0.1:<port>`. */
  configuration(block: string, place: Place): string;
  words(file: string, folder: string): readonly string[];
}

const isRoot = process.getuid?.() === 0;

export const reverseProxies: readonly ReverseProxy[] = [
  {
    program: 'nginx',
    block: 'nginx',
    configuration: (block, { folder, port }) => {
      const plain = block.replace(/^ *ssl_.*\n/gm, '').replace('listen 443 ssl', `listen 127.0.0.1:${port}`);
      const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
        (one) => `${one}_temp_path ${folder}/${one};`,
      );
      return `daemon off; ${isRoot ? 'user root;' : ''} pid ${folder}/pid; error_log ${folder}/error.log;
events {}
http { access_log off; ${folders.join(' ')}\n${plain} }\n`;
    },
    words: (file, folder) => ['-p', folder, '-c', file],
  },
  {
    program: 'caddy',
    block: 'caddyfile',
    configuration: (block, { port }) =>
      `{\n  admin off\n  grace_period 1s\n}\n${block.replace('slipway.example.org', `http://127.0.0.1:${port}`)}`,
    words: (file) => ['run', '--adapter', 'caddyfile', '--config', file],
  },
  {
    program: 'apache2',
    block: 'apache',
    configuration: (block, { folder, port }) => {
      const plain = block.replace(/^ *SSL.*\n/gm, '').replace('*:443', `127.0.0.1:${port}`);
      const modules = ['mpm_event', 'authz_core', 'proxy', 'proxy_http'].map(
        (name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`,
      );
      const user = isRoot ? ['User #65534', 'Group #65534'] : [];
      const places = [`ServerRoot ${folder}`, `DefaultRuntimeDir ${folder}`, 'PidFile pid', 'ErrorLog error.log'];
      return [...modules, ...user, ...places, 'ServerName localhost', `Listen 127.0.0.1:${port}`, plain].join('\n');
    },
    words: (file) => ['-D', 'FOREGROUND', '-f', file],
  },
];

/** Starts a proxy with its block of the guide. Returns the function that stops it. */
export async function startReverseProxy(
  { program, block, configuration, words }: ReverseProxy,
  { port, server }: { readonly port: number; readonly server: string },
): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-proxy-'));
  const guide = await readFile(join(packageRoot(), 'docs/operations/reverse-proxy.md'), 'utf8');
  const [, shown = ''] = new RegExp(`\`\`\`${block}\n([\\s\\S]*?)\`\`\``).exec(guide) ?? [];
  const file = join(folder, 'configuration');
  await writeFile(file, configuration(shown.replaceAll('127.0.0.1:8080', server), { folder, port }));
  const env = { PATH: process.env.PATH, HOME: folder };
  const child = spawn(program, words(file, folder), { stdio: 'inherit', env });
  return async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
    await removeFolder(folder);
  };
}
