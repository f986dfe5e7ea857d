import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { packageRoot } from '../../src/kit/package-root.ts';
import { commandBlocks, withValues } from './command-blocks.ts';

const run = promisify(execFile);

/** Tutorials are followed as an ordinary user, also where root runs the tests. */
const asUser = process.getuid?.() === 0 ? ['setpriv', '--reuid=nobody', '--clear-groups'] : [];

export interface Tutorial {
  /** Path of the page from the root of the repository. */
  readonly page: string;
  /** The test that the blocks name: `<!-- run by: TEST -->`. */
  readonly test: string;
  /** Name of the transcript. */
  readonly name: string;
  /** Commands that are left out: another case of the page. */
  readonly without?: RegExp;
  /** Texts of the page, and what they stand for here. */
  readonly values?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with the folder of the tutorial before it begins, which belongs to the user. */
  readonly prepare?: (folder: string) => Promise<void>;
}

export interface Followed {
  /** What was on the screen, the newest line last. */
  readonly transcript: string;
  /** Commands that failed. */
  readonly failed: string;
}

/**
 * Types the blocks of a tutorial into a shell in a terminal (tmux), one after the other, each when the one before has
 * ended. The transcript with the time that each block took is kept in `transcripts/`.
 */
export async function followTutorial(tutorial: Tutorial): Promise<Followed> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-tutorial-'));
  const [home, work] = [join(folder, 'home'), join(folder, 'work')];
  for (const one of [home, work]) await mkdir(one);
  await writeFile(join(folder, 'rc'), shellSettings(folder));
  await tutorial.prepare?.(work);
  await chmod(folder, 0o755);
  if (asUser.length > 0) await run('chown', ['-R', 'nobody', folder]);
  const terminal = await openTerminal(folder, { ...network, HOME: home, ...identity, ...tutorial.env });
  const times: string[] = [];
  try {
    for (const [index, block] of blocksOf(tutorial).entries()) {
      const started = performance.now();
      await terminal.type(block, `done-${index}`);
      times.push(`${((performance.now() - started) / 1000).toFixed(1)} s\t${block.split('\n', 1)[0]}`);
      if (existsSync(join(folder, 'failed'))) break;
    }
    await terminal.type('kill %1 2> /dev/null || true; wait', 'ended');
    const transcript = await terminal.read();
    await keepTranscript(tutorial, { times, transcript });
    return { transcript, failed: await readFile(join(folder, 'failed'), 'utf8').catch(() => '') };
  } finally {
    await terminal.close();
    // Processes that end with the terminal may still write.
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 500 });
  }
}

/** What a machine needs to reach the registries of packages. */
const ofNetwork = /^(?:NODE_EXTRA_CA_CERTS|(?:https?|all|no)_proxy|SSL_CERT_(?:FILE|DIR)|PIP_\w+|REQUESTS_CA_BUNDLE)$/i;
const network = Object.fromEntries(Object.entries(process.env).filter(([name]) => ofNetwork.test(name)));

const identity = {
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.org',
};

/** The shell writes down what fails; a block that is pasted counts as one line. */
function shellSettings(folder: string): string {
  return `PS1='$ '
unset HISTFILE
bind 'set enable-bracketed-paste on'
trap 'echo "$BASH_COMMAND" >> ${folder}/failed' ERR
cd ${folder}/work
`;
}

/** Returns the blocks of the page that name the test, with their values. */
function blocksOf({ page, test, without, values }: Tutorial): readonly string[] {
  const blocks = commandBlocks(page).filter(({ runBy, text }) => runBy === test && without?.test(text) !== true);
  return blocks.map(({ text }) => withValues(text, values));
}

async function openTerminal(folder: string, env: Readonly<Record<string, string | undefined>>) {
  const variables = {
    PATH: process.env['PATH'] ?? '',
    SHELL: '/bin/bash',
    LANG: 'C.UTF-8',
    TERM: 'xterm',
    ...env,
    TMUX_TMPDIR: folder,
  };
  const tmux = async (...words: readonly string[]) => {
    const [program = '', ...rest] = [...asUser, 'tmux', '-L', 'tutorial', '-f', '/dev/null', ...words];
    return (await run(program, rest, { env: variables, maxBuffer: 2 ** 26, cwd: folder })).stdout;
  };
  await tmux('new-session', '-d', '-x', '132', '-y', '50', `bash --noprofile --rcfile ${folder}/rc -i`);
  await tmux('set-option', '-g', 'history-limit', '100000');
  const type = async (text: string, mark: string) => {
    const file = join(folder, 'typed');
    await writeFile(file, `${text}\ntouch ${folder}/${mark}`);
    await tmux('load-buffer', file);
    await tmux('paste-buffer', '-p');
    await tmux('send-keys', 'Enter');
    while (!existsSync(join(folder, mark))) {
      await tmux('has-session');
      await setTimeout(200);
    }
  };
  const read = async () => (await tmux('capture-pane', '-p', '-J', '-S', '-')).trimEnd();
  return { type, read, close: () => tmux('kill-server').catch(() => undefined) };
}

async function keepTranscript(
  { page, name }: Tutorial,
  { times, transcript }: { readonly times: readonly string[]; readonly transcript: string },
): Promise<void> {
  const kept = join(packageRoot(), 'transcripts');
  await mkdir(kept, { recursive: true });
  const shown = transcript.split('\n').filter((line) => !/touch \S+\/(?:done-\d+|ended)$/.test(line));
  await writeFile(join(kept, `${name}.txt`), [page, ...times, '', ...shown, ''].join('\n'));
}
