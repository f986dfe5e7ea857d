import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writePrograms } from '../support/run-blocks.ts';
import { serveStack, stackName, type ServedStack } from '../support/served-stack.ts';

let lab: ServedStack;
let folder: string;
let env: Record<string, string>;

beforeAll(async () => {
  lab = await serveStack();
  folder = mkdtempSync(join(tmpdir(), 'slipway-completion-'));
  const bin = await writePrograms(join(folder, 'bin'));
  mkdirSync(join(folder, 'work/locks'), { recursive: true });
  writeFileSync(join(folder, 'work/.gitlab-ci.yml'), 'build-all: { stage: build, script: [make] }\n');
  writeFileSync(join(folder, 'work/locks.yaml'), '');
  env = {
    PATH: `${bin}:${process.env.PATH}`,
    HOME: folder,
    SLIPWAY_URL: lab.server.url,
    LANG: 'C.UTF-8',
    TERM: 'xterm',
  };
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { stdout } = spawnSync(join(bin, 'slipway'), ['completion', shell], { encoding: 'utf8', env });
    writeFileSync(join(folder, `slipway.${shell}`), stdout);
  }
});
afterAll(async () => {
  await lab?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a shell without blocking the server, which is in this process. */
async function run(shell: string, words: readonly string[], line: string): Promise<string> {
  const options = { env: { ...env, LINE: line }, extendEnv: false, cwd: join(folder, 'work'), timeout: 300_000 };
  return (await execa(shell, words, { ...options, reject: false })).stdout;
}

/** Returns the words that a shell offers at the end of a line. */
const offers: Readonly<Record<string, (line: string) => Promise<readonly string[]>>> = {
  bash: async (line) => {
    // Readline's own variables and the function that `complete` has registered.
    const script = [
      'source "$HOME/slipway.bash"',
      'COMP_LINE=$LINE COMP_POINT=${#LINE}',
      'function=$(complete -p slipway); function=${function#*-F }; ${function%% *}',
      'printf "%s\\n" "${COMPREPLY[@]}"',
    ];
    return wordsOf(await run('bash', ['--norc', '-c', script.join('\n')], line));
  },
  fish: async (line) => wordsOf(await run('fish', ['-c', 'source $HOME/slipway.fish; complete -C $LINE'], line)),
  zsh: async (line) => {
    // A terminal of its own, in which Tab is pressed; the matches are listed by a widget that completion calls. Keys are
    // sent once the line editor reads them: before, the terminal itself would handle Tab and Ctrl-U.
    const script = String.raw`
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z 'autoload -Uz compinit; compinit -u -d $HOME/.zcompdump; source $HOME/slipway.zsh'
zpty -w z 'compadd() { local -a __m; builtin compadd -O __m "$@"; print -rl -- "MATCH:"$^__m >>$HOME/matches; builtin compadd "$@" }'
zpty -w z 'zle-line-init() { print -n READY""NOW }; zle -N zle-line-init'
zpty -r -m z line '*READYNOW*'
zpty -n -w z "$LINE"$'\t'
zpty -n -w z $'\x15print DO""NE\n'
zpty -r -m z line '*DONE*'
print -r -- "$line"
zpty -d z`;
    const matches = join(folder, 'matches');
    writeFileSync(matches, '');
    await run('zsh', ['-f', '-c', script], line);
    const stdout = readFileSync(matches, 'utf8');
    return [...stdout.matchAll(/MATCH:([^\r\n]+)/g)].map(([, word = '']) => word);
  },
};

function wordsOf(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t')[0] ?? '']));
}

describe.each(Object.entries(offers))('in %s', (shell, offer) => {
  const isMissing = spawnSync(shell, ['--version']).error !== undefined;
  if (isMissing) process.stderr.write(`skipped: ${shell} is not installed\n`);

  test.skipIf(isMissing).each([
    ['slipway mirr', ['mirror']],
    ['slipway mirror sn', ['snapshot']],
    ['slipway status --wat', ['--watch']],
    ['slipway key create --algorithm ', ['rsa4096', 'ed25519']],
    ['slipway open sm', [stackName]],
    ['slipway trigger --stack ', [stackName]],
    ['slipway run build-', ['build-all']],
    ['slipway completion ', ['bash', 'zsh', 'fish']],
  ])('`%s` is completed', async (line, words) => {
    expect([...new Set(await offer(line))].toSorted()).toEqual([...words].toSorted());
  });

  test.skipIf(isMissing)('files are offered where a file is meant', async () => {
    expect((await offer('slipway serve --config loc')).some((word) => word.startsWith('locks'))).toBe(true);
  });
});
