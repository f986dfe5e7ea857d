import { expect, test } from 'vitest';
import { artifactAddress, contentOf, foldersAround } from './artifact-tree.ts';

const file = (name: string, size = 1) => ({ name, size, kind: name.endsWith('/') ? 'folder' : 'file' }) as const;
const files = [file('b/x', 2), file('b/deep/y', 3), file('a'), file('empty/'), file('b/deep/z', 4)];

test('a folder has its folders with what is in them, and its files; the archive need not name them', () => {
  expect(contentOf(files, '')).toEqual({
    folders: [
      { path: 'b/', size: 9, count: 3 },
      { path: 'empty/', size: 1, count: 0 },
    ],
    files: [file('a')],
  });
  expect(contentOf(files, 'b/')).toEqual({
    folders: [{ path: 'b/deep/', size: 7, count: 2 }],
    files: [file('b/x', 2)],
  });
  expect(contentOf(files, 'none/')).toEqual({ folders: [], files: [] });
});

test('folders lead back to the topmost one, and addresses take any name', () => {
  expect(foldersAround('b/deep/')).toEqual(['b/', 'b/deep/']);
  expect(artifactAddress('7', 'a b/c?#%.txt')).toBe('/api/v1/jobs/7/artifacts/files/a%20b/c%3F%23%25.txt');
});
