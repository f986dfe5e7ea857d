import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ZipFile } from 'yazl';
import { findInArchive, listArchive, readArchiveFile } from './artifact-archive.ts';

let folder: string;
let archive: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-archive-'));
  archive = join(folder, 'artifacts.zip');
  const zip = new ZipFile();
  zip.addEmptyDirectory('scratch/');
  zip.addBuffer(Buffer.from('jobs: {}\n'), 'scratch/pipeline.yml');
  zip.addBuffer(Buffer.from('pipeline.yml'), 'scratch/latest', { mode: 0o120777 });
  zip.addBuffer(Buffer.alloc(50_000), 'scratch/zeros');
  zip.end();
  await pipeline(zip.outputStream as Readable, createWriteStream(archive));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('an archive of artifacts', () => {
  test('lists folders, files and links', async () => {
    expect(await listArchive(archive)).toEqual([
      { name: 'scratch/', size: 0, kind: 'folder' },
      { name: 'scratch/pipeline.yml', size: 9, kind: 'file' },
      { name: 'scratch/latest', size: 12, kind: 'link' },
      { name: 'scratch/zeros', size: 50_000, kind: 'file' },
    ]);
  });

  test('finds and gives a file', async () => {
    const entry = await findInArchive(archive, ({ name }) => name.endsWith('pipeline.yml'));
    expect(entry?.name).toBe('scratch/pipeline.yml');
    expect((await readArchiveFile(archive, 'scratch/pipeline.yml', { maxBytes: 100 })).toString()).toBe('jobs: {}\n');
    expect(await findInArchive(archive, () => false)).toBeUndefined();
  });

  test('does not unpack more than asked for', async () => {
    await expect(readArchiveFile(archive, 'scratch/zeros', { maxBytes: 49_999 })).rejects.toThrow(
      expect.objectContaining({ code: 'ARTIFACT_ENTRY_TOO_LARGE' }),
    );
  });

  test.each(['missing', 'scratch/', 'scratch/latest'])('has no file `%s`, and says so', async (name) => {
    await expect(readArchiveFile(archive, name, { maxBytes: 100 })).rejects.toThrow(
      expect.objectContaining({ code: 'ARTIFACT_ENTRY_MISSING', status: 404 }),
    );
  });

  test('that is none says so', async () => {
    await writeFile(archive, 'not a zip file, but long enough to be looked at');
    await expect(listArchive(archive)).rejects.toThrow(expect.objectContaining({ code: 'ARTIFACT_ARCHIVE_BROKEN' }));
  });
});
