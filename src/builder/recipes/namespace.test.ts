import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { namespaceInvocation, namespacesAvailable, type NamespaceView } from './namespace.ts';
import { SYSTEM_PATH } from '../../kit/index.ts';

const available = await namespacesAvailable();
if (!available) process.stderr.write('skipped: this machine has no user namespaces\n');

let folder: string;
let view: NamespaceView;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'slipway-view-')));
  chmodSync(folder, 0o755);
  view = {
    root: join(folder, 'root'),
    store: join(folder, 'store'),
    target: '/opt/no-such-folder/deep/store',
    workFolder: folder,
  };
  mkdirSync(view.root);
  mkdirSync(view.store);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(script: string, target: string = view.target): string {
  const { program, args } = namespaceInvocation({ ...view, target }, ['sh', '-c', script]);
  return execFileSync(program, [...args], { encoding: 'utf8', env: { PATH: SYSTEM_PATH } }).trim();
}

describe.skipIf(!available)('a view of the file system', () => {
  test('shows the store at a target whose parents do not exist', () => {
    writeFileSync(join(view.store, 'old'), 'kept');
    expect(run(`cat ${view.target}/old; echo new > ${view.target}/new`)).toBe('kept');
    expect(readFileSync(join(view.store, 'new'), 'utf8')).toBe('new\n');
    expect(existsSync('/opt/no-such-folder')).toBe(false);
  });

  test('leaves everything else as it is, the neighbours of the target included', () => {
    expect(run('ls -A /').split('\n').toSorted()).toEqual([...new Set([...readdirSync('/'), 'opt'])].toSorted());
    const neighbour = run('ls /usr/lib | head -n 5', '/usr/no-such-folder/store');
    expect(neighbour).toBe(execFileSync('sh', ['-c', 'ls /usr/lib | head -n 5'], { encoding: 'utf8' }).trim());
    expect(run('test -e /.host || pwd')).toBe(folder);
  });

  test('shows the store at a folder that exists, beside its neighbours, and through a link', () => {
    const [target, link] = [join(folder, 'target'), join(folder, 'link')];
    mkdirSync(target);
    symlinkSync(folder, link);
    writeFileSync(join(view.store, 'old'), 'kept');
    writeFileSync(join(folder, 'neighbour'), '');
    expect(run(`cat ${target}/old; touch ${folder}/made`, target)).toBe('kept');
    expect(run(`cat ${target}/old ${link}/target/old; ls ${link}/neighbour`, join(link, 'target'))).toBe(
      `keptkept${link}/neighbour`,
    );
    expect(run(`cat ${folder}/new/old; ls ${folder}/neighbour`, join(link, 'new'))).toBe(`kept${folder}/neighbour`);
    expect(readdirSync(folder).toSorted()).toEqual(['link', 'made', 'neighbour', 'root', 'store', 'target']);
    expect(readdirSync(target)).toEqual([]);
  });

  test("runs as the caller, and what is made there is the caller's", () => {
    expect(run(`touch ${view.target}/mine; id -u; id -g`)).toBe(`${process.getuid?.()}\n${process.getgid?.()}`);
    expect(statSync(join(view.store, 'mine')).uid).toBe(process.getuid?.());
  });

  test('the assembled root itself can not be written', () => {
    expect(run('touch /new-file 2> /dev/null || echo refused')).toBe('refused');
  });

  test('gives the exit status of the command', () => {
    const { program, args } = namespaceInvocation(view, ['sh', '-c', 'exit 42']);
    expect(spawnSync(program, [...args], { env: { PATH: SYSTEM_PATH } }).status).toBe(42);
  });

  test('is assembled by the programs of the system, and the command keeps its own PATH', () => {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    for (const name of ['unshare', 'mount', 'pivot_root'])
      writeFileSync(join(bin, name), '#!/bin/sh\nexit 66\n', { mode: 0o755 });
    const { program, args } = namespaceInvocation(view, ['/bin/sh', '-c', 'echo "$PATH"; mount']);
    const { stdout, status } = spawnSync(program, [...args], { encoding: 'utf8', env: { PATH: bin } });
    expect({ stdout, status }).toEqual({ stdout: `${bin}\n`, status: 66 });
  });

  test.skipIf(process.getuid?.() !== 0)('needs no root', () => {
    chmodSync(view.store, 0o777);
    const owner = { uid: 65534, gid: 65534 };
    const { program, args } = namespaceInvocation({ ...view, owner }, [
      'sh',
      '-c',
      `id -u; echo made > ${view.target}/made`,
    ]);
    const flags = ['--reuid=65534', '--regid=65534', '--clear-groups'];
    const text = execFileSync('setpriv', [...flags, program, ...args], {
      encoding: 'utf8',
      env: { PATH: SYSTEM_PATH },
      cwd: '/',
    });
    expect(text.trim()).toBe('65534');
    expect(statSync(join(view.store, 'made')).uid).toBe(65534);
  });
});
