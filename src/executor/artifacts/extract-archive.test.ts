import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ZipFile } from 'yazl';
import { extractArchive } from './extract-archive.ts';

let folder: string;
let project: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-extract-'));
  project = join(folder, 'project');
  await mkdir(project);
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Sketch {
  readonly name: string;
  readonly text: string;
  readonly mode?: number;
}

async function archiveOf(...entries: readonly Sketch[]): Promise<string> {
  const path = join(folder, 'archive.zip');
  const zip = new ZipFile();
  for (const { name, text, mode = 0o100644 } of entries)
    zip.addBuffer(Buffer.from(text), name, { mode, compress: false });
  zip.end();
  await pipeline(zip.outputStream as Readable, createWriteStream(path));
  return path;
}

/** The writer refuses bad names, so one is put in afterwards; both copies of the name, same length. */
async function renameIn(path: string, from: string, to: string): Promise<void> {
  const bytes = await readFile(path, 'latin1');
  expect(bytes.split(from)).toHaveLength(3);
  await writeFile(path, bytes.replaceAll(from, to), 'latin1');
}

const options = { job: 'generate', maxBytes: 1000 };
const LINK = 0o120777;

describe('an archive', () => {
  test('is unpacked with folders, modes without set-user-id, and links inside', async () => {
    const path = await archiveOf(
      { name: 'a/b/run', text: 'echo', mode: 0o104755 },
      { name: 'a/link', text: 'b/run', mode: LINK },
    );
    expect(await extractArchive(path, project, options)).toBe(2);
    expect(await readFile(join(project, 'a/link'), 'utf8')).toBe('echo');
    expect((await stat(join(project, 'a/b/run'))).mode & 0o7777).toBe(0o755);
  });

  test('replaces a file that is there, and not what a link by its name leads to', async () => {
    await writeFile(join(folder, 'outside'), 'untouched');
    await symlink(join(folder, 'outside'), join(project, 'a'));
    await extractArchive(await archiveOf({ name: 'a', text: 'new' }), project, options);
    expect(await readFile(join(project, 'a'), 'utf8')).toBe('new');
    expect(await readFile(join(folder, 'outside'), 'utf8')).toBe('untouched');
  });

  test.each([
    ['a name that climbs', '../x/evil', /RUNNER_ARCHIVE_BROKEN/],
    ['an absolute name', '/tmp/evil', /RUNNER_ARCHIVE_BROKEN/],
  ])('with %s is refused whole', async (_what, name, code) => {
    const path = await archiveOf({ name: 'first', text: '1' }, { name: 'x'.repeat(name.length), text: '2' });
    await renameIn(path, 'x'.repeat(name.length), name);
    await expect(extractArchive(path, project, options)).rejects.toThrow(
      expect.objectContaining({ code: expect.stringMatching(code) as string }),
    );
    expect(await readdir(project)).toEqual([]);
  });

  test.each([
    ['a link that climbs', [{ name: 'l', text: '../../etc', mode: LINK }]],
    ['an absolute link', [{ name: 'l', text: '/etc/passwd', mode: LINK }]],
    ['a device', [{ name: 'd', text: '', mode: 0o060644 }]],
    ['too many bytes', [{ name: 'big', text: 'x'.repeat(1001) }]],
  ])('with %s is refused whole', async (_what, bad) => {
    const path = await archiveOf({ name: 'first', text: '1' }, ...bad);
    await expect(extractArchive(path, project, options)).rejects.toThrow(
      expect.objectContaining({ code: 'RUNNER_ARCHIVE_UNSAFE' }),
    );
    expect(await readdir(project)).toEqual([]);
  });

  test('is not written through a folder of the project that leads out', async () => {
    await mkdir(join(folder, 'outside'));
    await symlink(join(folder, 'outside'), join(project, 'out'));
    const path = await archiveOf({ name: 'out/evil', text: '1' });
    await expect(extractArchive(path, project, options)).rejects.toThrow(
      /`out\/evil`, which would be written through a link/,
    );
    expect(await readdir(join(folder, 'outside'))).toEqual([]);
  });

  test('that is cut short says so', async () => {
    const path = await archiveOf({ name: 'a', text: '1' });
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, bytes.length - 10));
    await expect(extractArchive(path, project, options)).rejects.toThrow(
      /The archive of job `generate` cannot be unpacked/,
    );
  });
});
