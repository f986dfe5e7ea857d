import { resolve } from 'node:path';
import { isWithin } from '../../kit/index.ts';

/** A command of docker that a hook may have the builder run. */
export interface DockerCommand {
  /** For the builder; paths are relative to the context. */
  readonly words: readonly string[];
  /** Of a build: the folder and the Dockerfile that it reads. */
  readonly reads: readonly string[];
}

interface HookFolders {
  /** The copy of the context that the hook has. */
  readonly context: string;
  /** Where the hook is. */
  readonly cwd: string;
}

interface Options {
  /** With a value. */
  readonly valued: readonly string[];
  /** Without. */
  readonly plain: readonly string[];
  readonly short: Readonly<Record<string, string>>;
}

/** By command; other options could lead the builder to other files. */
const OPTIONS: Readonly<Record<string, Options>> = {
  build: {
    valued: ['--build-arg', '--file', '--label', '--platform', '--progress', '--tag', '--target'],
    plain: ['--force-rm', '--no-cache', '--pull', '--quiet', '--rm'],
    short: { '-f': '--file', '-q': '--quiet', '-t': '--tag' },
  },
  images: { valued: ['--format'], plain: ['--quiet', '--no-trunc'], short: { '-q': '--quiet' } },
  inspect: { valued: ['--format', '--type'], plain: [], short: { '-f': '--format' } },
  pull: { valued: ['--platform'], plain: ['--quiet'], short: { '-q': '--quiet' } },
  tag: { valued: [], plain: [], short: {} },
};
const IMAGE = /^\w[\w.:/@-]*$/;

interface ParsedWords {
  /** Options and their values. */
  readonly words: readonly string[];
  readonly named: readonly string[];
  readonly file?: string;
}

/** Reads what a hook calls docker with; returns a sentence where a hook may not call that. */
export function readDockerWords(words: readonly string[], folders: HookFolders): DockerCommand | string {
  const [command = '', ...rest] = words[0] === 'buildx' || words[0] === 'image' ? words.slice(1) : words;
  const options = Object.hasOwn(OPTIONS, command) ? OPTIONS[command] : undefined;
  if (options === undefined) return `hooks cannot call \`docker ${command}\`; the Dockerfile may do that work`;
  const read = readOptions(rest, options);
  if (typeof read === 'string') return `hooks cannot use \`${read}\` of \`docker ${command}\``;
  return command === 'build' ? buildOf(read, folders) : imageOf([command, ...read.words], read.named);
}

/** Returns an option that is not known. */
function readOptions(rest: string[], { valued, plain, short }: Options): ParsedWords | string {
  const [words, named]: [string[], string[]] = [[], []];
  let file: string | undefined;
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (!word.startsWith('-')) {
      named.push(word);
      continue;
    }
    const [, start = word, inline] = /^(--[\w-]+)=(.*)$/s.exec(word) ?? [];
    const name = short[start] ?? start;
    if (valued.includes(name)) {
      const value = inline ?? rest.shift() ?? '';
      if (name === '--file') file = value;
      // The builders know other ways to report progress.
      else if (name !== '--progress') words.push(`${name}=${value}`);
    } else if (plain.includes(name) && inline === undefined) words.push(name);
    else return start;
  }
  return { words, named, file };
}

function imageOf(words: readonly string[], images: readonly string[]): DockerCommand | string {
  const wrong = images.find((image) => !IMAGE.test(image));
  if (wrong !== undefined) return `\`${wrong}\` is not the name of an image`;
  return { words: [...words, ...images], reads: [] };
}

function buildOf({ words, named, file }: ParsedWords, { context, cwd }: HookFolders): DockerCommand | string {
  if (named.length !== 1) return '`docker build` takes one folder';
  const folder = resolve(cwd, named[0] as string);
  const dockerfile = file === undefined ? resolve(folder, 'Dockerfile') : resolve(cwd, file);
  const outer = [folder, dockerfile].find((path) => !isWithin(path, context));
  if (outer !== undefined) return `\`${outer}\` is not in the context of the image`;
  const reads = [folder, dockerfile].map((path) => path.slice(context.length + 1) || '.');
  return { words: ['build', ...words, '--file', reads[1] as string, reads[0] as string], reads };
}
