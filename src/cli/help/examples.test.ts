import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { collectedTerminal } from '../../../test/support/collected-terminal.ts';
import { createProgram } from '../command-line.ts';
import { commands } from '../command-list.ts';
import { jsonOutput } from '../json-output.ts';
import { examples, type Example } from './examples.ts';
import { nameOf } from './help-text.ts';

/** Returns every command of the program, and sets what their actions do. */
async function everyCommand(action: (command: Command) => void): Promise<ReadonlyMap<string, Command>> {
  const { terminal } = collectedTerminal();
  const context = { env: {}, cwd: '/', terminal, signal: new AbortController().signal };
  const program = createProgram(context, commands);
  const found = new Map<string, Command>();
  const visit = (command: Command): void => {
    found.set(
      nameOf(command),
      command.action(() => action(command)),
    );
    command.commands.filter((one) => one.name() !== 'candidates').forEach(visit);
  };
  for (const { name, load } of commands) {
    const command = program.commands.find((one) => one.name() === name) as Command;
    (await load()).configure(command, context);
    visit(command);
  }
  return found;
}

test('every command has examples, and there are none of commands that do not exist', async () => {
  const found = await everyCommand(() => undefined);
  expect([...found.keys()].toSorted()).toEqual(Object.keys(examples).toSorted());
});

const all = Object.entries<readonly Example[]>(examples).flatMap(([name, own]) =>
  own.map(({ line }) => ({ name, line })),
);

test.each(all)('`$line` is a command line of `$name`', async ({ name, line }) => {
  let ran: string | undefined;
  const found = await everyCommand((command) => (ran = nameOf(command)));
  const words = [...line.split(/ [|>] /)[0]!.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, word]) => double ?? single ?? word ?? '',
  );
  expect(words[0]).toBe('slipway');
  const root = found.get(words[1] ?? '')?.parent as Command;
  await root.parseAsync(words.slice(1), { from: 'user' });
  expect(ran?.startsWith(name)).toBe(true);
});

test('every command with `--json` has a schema, and no other', async () => {
  const found = await everyCommand(() => undefined);
  const isJson = ({ options }: Command) => options.some(({ long }) => long === '--json');
  const names = [...found].filter(([, command]) => isJson(command)).map(([name]) => name);
  expect(names.toSorted()).toEqual(Object.keys(jsonOutput).toSorted());
});
