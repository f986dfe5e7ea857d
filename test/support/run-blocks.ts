import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import { programEntry } from '../../src/kit/package-root.ts';
import { commandBlocks, withValues } from './command-blocks.ts';

/** Where the commands of a page run. */
export interface PageLab {
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Texts of the page, and what they stand for here. Each must occur in a command of the page. */
  readonly values?: Readonly<Record<string, string>>;
  /** A folder on PATH, for the programs `slipway` and `npx`. */
  readonly programs: string;
}

/** Writes `slipway` and `npx` into a folder for PATH: both start the built program. */
export async function writePrograms(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const start = `exec '${process.execPath}' '${programEntry()}'`;
  await writeFile(join(folder, 'slipway'), `#!/bin/sh\n${start} "$@"\n`);
  await writeFile(join(folder, 'npx'), `#!/bin/sh\n[ "$1" = slipway ] || exit 99\nshift\n${start} "$@"\n`);
  for (const name of ['slipway', 'npx']) await chmod(join(folder, name), 0o755);
  return folder;
}

/**
 * Runs all blocks of a page that are not marked, command by command, in one folder. `slipway serve` goes on until the
 * end of the page. Throws for the first command that fails, with what it printed. Returns the commands.
 */
export async function runBlocks(page: string, lab: PageLab): Promise<readonly string[]> {
  const commands = commandBlocks(page)
    .filter(({ notRun, runBy }) => notRun === undefined && runBy === undefined)
    .flatMap((block) => block.commands);
  const stale = Object.keys(lab.values ?? {}).filter((text) => !commands.some((command) => command.includes(text)));
  if (stale.length > 0) throw new Error(`${page} has no command with ${stale.join(', ')}`);
  const exports: string[] = [];
  const servers: ChildProcess[] = [];
  try {
    for (const shown of commands) {
      const command = withValues(shown, lab.values);
      if (/^(?:npx )?slipway serve\b/.test(command)) servers.push(await serve(command, lab));
      else await run([...exports, command].join('\n'), { page, lab });
      if (command.startsWith('export ')) exports.push(command);
    }
  } finally {
    for (const server of servers) {
      const ended = server.exitCode !== null || server.signalCode !== null || once(server, 'close');
      server.kill('SIGTERM');
      await ended;
    }
  }
  return commands;
}

function start(script: string, lab: PageLab): ChildProcess {
  const env = { PATH: `${lab.programs}:${process.env.PATH}`, HOME: lab.folder, ...lab.env };
  return spawn('sh', ['-euc', script], { cwd: lab.folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function run(script: string, { page, lab }: { page: string; lab: PageLab }): Promise<void> {
  const child = start(script, lab);
  const output = Promise.all([buffer(child.stdout as never), buffer(child.stderr as never)]);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code === 0) return;
  throw new Error(`${page}: \`${script}\` ended with ${code}:\n${(await output).map(String).join('')}`);
}

/** Starts a server, and resolves when it listens. */
async function serve(command: string, lab: PageLab): Promise<ChildProcess> {
  const child = start(`exec ${command.replace(/^npx /, '')}`, lab);
  const output = buffer(child.stderr as never);
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream }))
    if (line.startsWith('listening on ')) return child;
  throw new Error(`\`${command}\` ended before it listened:\n${String(await output)}`);
}
