import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { parseCommit } from './parse-commit.ts';

const env = { PATH: process.env.PATH, HOME: '/', GIT_CONFIG_NOSYSTEM: '1' };
/** The same by git itself. */
const FORMAT = ['%H', '%T', '%P', '%s', '%B', '%an <%ae>', '%ct'].join('%x00');

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  git('init', '--quiet');
});

function git(...words: readonly string[]): Buffer {
  return execFileSync('git', ['-C', folder, ...words], { env, stdio: ['ignore', 'pipe', 'ignore'] });
}

function byGit(sha: string): ReturnType<typeof parseCommit> {
  const words = ['show', '-s', '--no-show-signature', '--encoding=UTF-8', `--format=${FORMAT}`, sha];
  const [name = '', tree = '', parents = '', title = '', message = '', author = '', seconds = '0'] = git(...words)
    .toString()
    .split('\0');
  const date = new Date(Number(seconds) * 1000).toISOString();
  return { sha: name, tree, parents: parents.split(' ').filter(Boolean), title, message, author, date };
}

const IDENTITY = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org'];
const TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
const who = 'Ada <ada@example.org> 1700000000 +0100';
const head = `tree ${TREE}\nauthor ${who}\ncommitter Bob <bob@example.org> 1700000100 -0200\n`;

describe('a commit is read as git reads it', () => {
  test.each<[string, string | Buffer]>([
    ['with a title alone', `${head}\nTitle\n`],
    ['with a body', `${head}\nTitle\n\nBody\n\nMore body\n`],
    ['with a title over two lines', `${head}\nTitle that\ngoes on\n\nBody\n`],
    ['with blank lines first', `${head}\n\n\nTitle\n\nBody\n`],
    ['with blanks in an empty line', `${head}\nTitle  \n  \nBody\n`],
    ['without a message', `${head}\n`],
    ['without a newline at its end', `${head}\nTitle`],
    ['with a name of many words', `${head.replace('Ada', 'Ada King, Countess of Lovelace')}\nTitle\n`],
    ['without a name', `${head.replace('author Ada ', 'author ')}\nTitle\n`],
    ['with a signature', `${head}gpgsig -----BEGIN\n author X <x@x> 1 +0000\n \n -----END\n\nTitle\n`],
    ['in Latin-1', Buffer.from(`${head}encoding ISO-8859-1\n\nGrüße\n\nschöne\n`, 'latin1')],
    ['in UTF-8', `${head}\nGrüße 🌍\n`],
    ['in an unknown encoding', `${head}encoding no-such\n\nTitle\n`],
  ])('%s', (_what, text) => {
    writeFileSync(join(folder, 'commit'), text);
    const sha = git('hash-object', '-t', 'commit', '-w', '--literally', 'commit').toString().trim();
    const bytes = git('cat-file', 'commit', sha);
    expect(parseCommit({ sha, type: 'commit', bytes })).toEqual(byGit(sha));
  });

  test('with parents', () => {
    const first = git(...IDENTITY, 'commit-tree', '-m', 'One', TREE)
      .toString()
      .trim();
    const sha = git(...IDENTITY, 'commit-tree', '-m', 'Two', '-p', first, TREE)
      .toString()
      .trim();
    expect(parseCommit({ sha, type: 'commit', bytes: git('cat-file', 'commit', sha) })).toEqual(byGit(sha));
  });
});
