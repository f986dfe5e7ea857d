import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { jsonOutput } from '../src/cli/json-output.ts';
import { cliCases, jsonCases, type CliCase } from './support/cli-cases.ts';
import { openCliLab, type CliLab } from './support/cli-lab.ts';

let folder: string;
const runner = () => join(folder, 'cli-runner.mjs');
const hasScript = spawnSync('script', ['--version']).error === undefined;
if (!hasScript) process.stderr.write('skipped: output on a terminal, since `script` of util-linux is not installed\n');

/** Bundles the runner: to compile the sources for each process takes longer than what it runs. */
beforeAll(async () => {
  // Below the package, whose root and dependencies the program looks for.
  const cache = join(import.meta.dirname, '../node_modules/.cache');
  await mkdir(cache, { recursive: true });
  folder = await mkdtemp(join(cache, 'cli-output-'));
  const require =
    "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";
  await build({
    entryPoints: [join(import.meta.dirname, 'support/cli-runner.ts')],
    outfile: runner(),
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['libsql', 'openpgp'],
    banner: { js: require },
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The character between what two command lines print. */
const DIVIDER = '\u001E';

/** Runs all command lines in a process, and returns what each prints with its exit status. */
type Form = (lab: CliLab, file: string) => Promise<readonly string[]>;

/** Without a terminal: the streams apart, and nothing on standard input. */
const inPipes: Form = async (lab, file) => {
  const options = { cwd: join(lab.folder, 'work'), env: lab.env, extendEnv: false, stdin: 'ignore' } as const;
  const { stdout, stderr } = await execa(process.execPath, [runner(), file], options);
  const errors = stderr.split(DIVIDER);
  return parts(stdout).map(([text, status], index) => `stdout:\n${text}\nstderr:\n${errors[index]}\n${status}\n`);
};

/** On a pseudo-terminal of 100 columns, as a person sees it. */
const onTerminal: Form = async (lab, file) => {
  const options = { cwd: join(lab.folder, 'work'), env: lab.env, extendEnv: false } as const;
  const command = `stty cols 100; exec '${process.execPath}' '${runner()}' '${file}'`;
  const child = execa('script', ['-qec', command, '/dev/null'], options);
  const answers = Object.values(cliCases).flatMap((own) => own.flatMap((one) => optionsOf(one).typed ?? []));
  let seen = '';
  child.stdout.on('data', (bytes: Buffer) => {
    seen += String(bytes);
    if (!/\[y\/N\] |\(not shown\): /.test(seen)) return;
    seen = '';
    child.stdin.write(answers.shift() ?? '');
  });
  return parts((await child).stdout).map(([text, status]) => `${visible(text)}\n${status}\n`);
};

function parts(text: string): readonly (readonly [string, string])[] {
  const all = text.split(DIVIDER);
  return all.flatMap((one, index) => (index % 2 === 0 && index + 1 < all.length ? [[one, all[index + 1] ?? '']] : []));
}

/** Shows what a terminal does besides printing. */
function visible(text: string): string {
  // oxlint-disable-next-line no-control-regex
  const codes = /\u001B\[([0-9;?]*[A-Za-z])/g;
  return text.replaceAll('\r\n', '\n').replaceAll(codes, '<$1>').replaceAll('\r', '<cr>');
}

interface Printed {
  /** What the cases print, by command. */
  readonly texts: ReadonlyMap<string, string>;
  /** What the cases with JSON print, in their order. */
  readonly json: readonly string[];
}

async function outputs(form: Form, lab: CliLab): Promise<Printed> {
  const cases = Object.entries(cliCases).flatMap(([name, own]) => own.map((one) => ({ name, ...optionsOf(one) })));
  const json = jsonCases.map(([name, ...words]) => ({ name, words: [...name.split(' '), ...words, '--json'] }));
  const all = form === inPipes ? [...cases, ...json] : cases;
  const file = join(lab.folder, 'lines.json');
  const filled = (_key: string, value: unknown) =>
    typeof value === 'string' && value.startsWith('$') ? (lab.env[value.slice(1)] ?? '') : value;
  await writeFile(file, JSON.stringify(all, filled));
  const printed = await form(lab, file);
  expect(printed.length).toBe(all.length);
  const found = new Map<string, string>();
  for (const [index, { name, words }] of cases.entries()) {
    const text = `$ slipway ${words.join(' ')}\n${lab.normalize(printed[index] ?? '')}`;
    found.set(name, `${found.has(name) ? `${found.get(name)}\n` : ''}${text}`);
  }
  return { texts: found, json: printed.slice(cases.length) };
}

function optionsOf(one: CliCase) {
  return 'words' in one ? one : { words: one };
}

/** Checks each line of standard output against the schema of its command. */
function checkJson(index: number, printed: string): void {
  const [name = 'open', ...words] = jsonCases[index] ?? [];
  const lines = (printed.split('\nstderr:\n')[0] ?? '')
    .split('\n')
    .slice(1)
    .filter((line) => line !== '');
  expect.soft(lines.length, `${name} ${words.join(' ')} prints JSON: ${printed}`).toBeGreaterThan(0);
  for (const line of lines)
    expect.soft(jsonOutput[name].safeParse(JSON.parse(line)), `${name} ${line}`).toMatchObject({ success: true });
}

test('commands print what they did before, with the same exit status, in pipes and on a terminal', async () => {
  const forms: Readonly<Record<string, Form>> = { pipe: inPipes, ...(hasScript ? { terminal: onTerminal } : {}) };
  const all = Object.entries(forms).map(
    async ([name, form]) => [name, await outputs(form, await openCliLab())] as const,
  );
  for (const [name, { texts, json }] of await Promise.all(all)) {
    for (const [index, text] of json.entries()) checkJson(index, text);
    for (const [command, text] of texts)
      await expect.soft(text).toMatchFileSnapshot(`output/${command.replaceAll(' ', '-')}.${name}.txt`);
  }
});
