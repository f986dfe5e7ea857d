import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { commands } from '../../src/cli/command-list.ts';

const program = fileURLToPath(new URL('../../bin/slipway.js', import.meta.url));

/** Runs the built program as a person's shell would, with nothing in its environment but PATH. */
function slipway(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
  });
  return { status, stdout, stderr };
}

test('the version is that of the package', () => {
  const expected = { status: 0, stdout: `${manifest.version}\n`, stderr: '' };
  expect(slipway('--version')).toEqual(expected);
  expect(slipway('-V')).toEqual(expected);
});

test('there is a thread for each core to compress with, unless configured otherwise', () => {
  const report = 'process.on("exit",()=>process.stderr.write(String(process.env.UV_THREADPOOL_SIZE)))';
  const threads = (env: Record<string, string>) => {
    const words = ['--import', `data:text/javascript,${report}`, program, '--help'];
    return spawnSync(process.execPath, words, { encoding: 'utf8', env: { PATH: process.env.PATH, ...env } }).stderr;
  };
  expect(Number(threads({}))).toBe(Math.max(4, availableParallelism()));
  expect(threads({ UV_THREADPOOL_SIZE: '7' })).toBe('7');
});

test('the help names every command on stdout', () => {
  const { status, stdout, stderr } = slipway('--help');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout.split('\n\n')[0]).toMatchInlineSnapshot(`"Usage: slipway [options] [command]"`);
  for (const { name, summary } of commands) {
    expect(stdout).toMatch(new RegExp(`^ {2}${name} .*${summary.slice(0, 10)}`, 'm'));
  }
});

test('an unknown command is refused with a suggestion', () => {
  expect(slipway('doktor')).toMatchInlineSnapshot(`
    {
      "status": 2,
      "stderr": "error: There is no command \`doktor\`. [CLI_UNKNOWN_COMMAND]
    hint: Did you mean \`doctor\`?
    ",
      "stdout": "",
    }
  `);
});

test('an unknown option is refused', () => {
  expect(slipway('doctor', '--loud')).toMatchInlineSnapshot(`
    {
      "status": 2,
      "stderr": "error: Unknown option '--loud'. [CLI_USAGE]
    hint: Run \`slipway doctor --help\` to see the arguments and options.
    ",
      "stdout": "",
    }
  `);
});

test('a surplus argument is refused', () => {
  expect(slipway('doctor', 'who')).toMatchInlineSnapshot(`
    {
      "status": 2,
      "stderr": "error: Too many arguments for 'doctor'. Expected 0 arguments but got 1. [CLI_USAGE]
    hint: Run \`slipway doctor --help\` to see the arguments and options.
    ",
      "stdout": "",
    }
  `);
});

test('output that cannot be written is an error with one reason and no stack trace', () => {
  const command = `"${process.execPath}" "${program}" --help > /dev/full`;
  const { status, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8', env: { PATH: process.env.PATH } });
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr:
      'error: Standard output cannot be written: ENOSPC: no space left on device, write. [CLI_OUTPUT_FAILED]\n' +
      'hint: Free space on the disk that the output goes to, or redirect the output.\n',
  });
});

test('a reader that closes the pipe ends the command quietly', async () => {
  const child = spawn(process.execPath, [program, '--help'], { env: { PATH: process.env.PATH } });
  child.stdout.destroy();
  const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

test('the doctor answers in one line of JSON', () => {
  const { status, stdout, stderr } = slipway('doctor', '--json');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const answer = JSON.parse(stdout) as { ok: boolean; parts: { name: string }[] };
  expect(answer.ok).toBe(true);
  expect(answer.parts.map((part) => part.name)).toContain('git');
});
