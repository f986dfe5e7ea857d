import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { collectedTerminal } from '../../test/support/collected-terminal.ts';
import { temporaryFolder } from '../../test/support/mirror-package.ts';
import { ConfigurationError, defineErrors } from '../kit/index.ts';
import type { CommandContext, CommandModule } from './command.ts';
import { reportFailure } from './failure.ts';
import { main } from './main.ts';

const shipError = defineErrors({
  SHIP_AGROUND: { message: '`{ship}` has run aground', hint: 'Wait for the tide.', status: 500, exitCode: 1 },
});

interface Run {
  readonly words: readonly string[];
  readonly action?: (context: CommandContext) => void;
  readonly env?: Record<string, string>;
  readonly signal?: AbortSignal;
}

/** Runs `slipway` with two commands, `sort` and `moor` (which uses Spack), which do `action`, and returns which modules were loaded. */
async function run({ words, action = () => undefined, env = {}, signal = new AbortController().signal }: Run) {
  const { terminal, stdout, stderr } = collectedTerminal();
  const loaded: string[] = [];
  const module: CommandModule = {
    configure: (command, context) =>
      void command
        .argument('[port]')
        .option('--fast')
        .action(() => action(context)),
  };
  const entries = ['sort', 'moor'].map((name) => ({
    name,
    summary: `how to ${name}`,
    ...(name === 'moor' ? { usesSpack: true as const } : {}),
    load: () => {
      loaded.push(name);
      return Promise.resolve(module);
    },
  }));
  const exitCode = await main(words, { env, cwd: '/', terminal, signal }, entries);
  return { exitCode, loaded, stdout: stdout(), stderr: stderr() };
}

test('only the module of the requested command is loaded', async () => {
  let isDone = false;
  const { exitCode, loaded } = await run({ words: ['sort', 'lisbon', '--fast'], action: () => void (isDone = true) });
  expect({ exitCode, loaded, isDone }).toEqual({ exitCode: 0, loaded: ['sort'], isDone: true });
});

test('the installed Spack is in the environment of commands that use Spack, and of no other', async () => {
  const cache = await temporaryFolder();
  const key = '0123456789ab';
  const folder = join(cache, 'installed-spack', key);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'installation.json'), JSON.stringify({ version: '1.1.0', commit: 'abc', key }));
  const roots: unknown[] = [];
  const action = ({ env }: CommandContext) => void roots.push(env['SPACK_ROOT']);
  for (const words of [['moor'], ['sort']]) await run({ words, action, env: { SLIPWAY_CACHE: cache } });
  expect(roots).toEqual([join(folder, 'spack'), undefined]);
});

test('the help lists all commands and loads none', async () => {
  const { exitCode, loaded, stdout, stderr } = await run({ words: ['--help'] });
  expect({ exitCode, loaded, stderr }).toEqual({ exitCode: 0, loaded: [], stderr: '' });
  expect(stdout).toMatch(/sort \[options\]|sort\s+how to sort/);
  expect(await run({ words: [] })).toEqual(await run({ words: ['--help'] }));
});

test('`help sort` knows the options of the command', async () => {
  const { exitCode, stdout } = await run({ words: ['help', 'sort'] });
  expect(exitCode).toBe(0);
  expect(stdout).toContain('--fast');
});

test('an unknown command is refused with the nearest one', async () => {
  expect(await run({ words: ['srot'] })).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: 'error: There is no command `srot`. [CLI_UNKNOWN_COMMAND]\nhint: Did you mean `sort`?\n',
  });
});

test('an unknown option is refused, and the help of its command is named', async () => {
  expect(await run({ words: ['sort', '--xyz'] })).toMatchObject({
    exitCode: 2,
    stderr:
      "error: Unknown option '--xyz'. [CLI_USAGE]\nhint: Run `slipway sort --help` to see the arguments and options.\n",
  });
});

test('an unknown option is refused with the nearest one', async () => {
  expect((await run({ words: ['sort', '--fats'] })).stderr).toBe(
    "error: Unknown option '--fats'. [CLI_USAGE]\nhint: Did you mean `--fast`?\n",
  );
});

test('`--quiet` leaves results, warnings and errors, and `--verbose` adds details, before or after the command', async () => {
  const action = ({ terminal }: CommandContext) => {
    terminal.data('a result');
    terminal.note('a remark');
    terminal.note('warning: a warning');
    terminal.detail('a detail');
    throw shipError('SHIP_AGROUND', { ship: 'Beagle' });
  };
  const failure = 'error: `Beagle` has run aground [SHIP_AGROUND]\nhint: Wait for the tide.\n';
  for (const words of [
    ['sort', '-q'],
    ['--quiet', 'sort'],
  ])
    expect(await run({ words, action })).toMatchObject({
      stdout: 'a result\n',
      stderr: `warning: a warning\n${failure}`,
    });
  expect((await run({ words: ['sort'], action })).stderr).toBe(`a remark\nwarning: a warning\n${failure}`);
  expect((await run({ words: ['-v', 'sort'], action })).stderr).toMatch(
    /^a remark\nwarning: a warning\na detail\nerror: /,
  );
});

test('the progress of work that failed is not shown below the error', () => {
  const { terminal, stderr } = collectedTerminal(true);
  terminal.progress('Working: 3 s');
  reportFailure(shipError('SHIP_AGROUND', { ship: 'Beagle' }), terminal, { isInterrupted: false });
  expect(stderr().split('Working: 3 s')).toHaveLength(2);
});

test('a failure is reported with its code and its remedy', async () => {
  const action = () => {
    throw shipError('SHIP_AGROUND', { ship: 'Beagle' });
  };
  expect(await run({ words: ['sort'], action })).toMatchObject({
    exitCode: 1,
    stdout: '',
    stderr: 'error: `Beagle` has run aground [SHIP_AGROUND]\nhint: Wait for the tide.\n',
  });
});

test('each fault of a configuration is reported with its position and exit status 2', async () => {
  const fault = { severity: 'error', code: 'A_CODE', file: 'spack.yaml', column: 3, message: 'is wrong' } as const;
  const action = () => {
    throw new ConfigurationError([
      { ...fault, line: 1 },
      { ...fault, line: 9 },
    ]);
  };
  expect(await run({ words: ['sort'], action })).toMatchObject({
    exitCode: 2,
    stderr: 'spack.yaml:1:3: error: is wrong [A_CODE]\nspack.yaml:9:3: error: is wrong [A_CODE]\n',
  });
});

test('what the file system refuses is reported with the path and a remedy', async () => {
  const action = () => {
    throw Object.assign(new Error("EROFS: read-only file system, mkdir '/srv/x'"), { code: 'EROFS', path: '/srv/x' });
  };
  const { exitCode, stderr } = await run({ words: ['sort'], action });
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(
    /^error: Permission denied: `\/srv\/x` \(EROFS: read-only [^\n]*\)\. \[CLI_PERMISSION_DENIED\]\nhint: Check the permissions/,
  );
});

test('where an unexpected error came from is printed with `--verbose` or SLIPWAY_DEBUG only', async () => {
  const action = () => {
    throw new TypeError('no such mast');
  };
  const plain = await run({ words: ['sort'], action });
  expect(plain.exitCode).toBe(1);
  expect(plain.stderr).toBe('error: no such mast\nhint: Run it again with `--verbose` to see where this came from.\n');
  const debugging = await run({ words: ['sort'], action, env: { SLIPWAY_DEBUG: '1' } });
  expect(debugging.stderr).toMatch(/^error: no such mast\nTypeError: no such mast\n {4}at /);
  expect((await run({ words: ['sort', '-v'], action })).stderr).toBe(debugging.stderr);
});

test('a command that stops on request ends with 130', async () => {
  const action = ({ signal }: CommandContext) => signal.throwIfAborted();
  expect(await run({ words: ['sort'], action, signal: AbortSignal.abort() })).toMatchObject({
    exitCode: 130,
    stderr: 'interrupted\n',
  });
});
