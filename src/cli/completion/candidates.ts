import type { Argument, Command, Option } from 'commander';
import { commonOptions, nameOf } from '../help/help-text.ts';
import { namesFor, type Candidate, type NameKind } from './names.ts';
import type { CommandContext } from '../command.ts';

/** What can complete the last word. */
interface Candidates {
  readonly values: readonly Candidate[];
  /** Whether the shell adds names of files or folders. */
  readonly paths: 'none' | 'files' | 'folders';
}

const nothing: Candidates = { values: [], paths: 'none' };

/** Returns what can complete the last of the words after the program's name. The named command must be configured. */
export async function candidatesFor(
  program: Command,
  words: readonly string[],
  context: CommandContext,
): Promise<Candidates> {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const { command, operands, pending, isAfterDashes } = parseWords(
    program,
    before[0] === 'help' ? before.slice(1) : before,
  );
  const options = parsedOptions(words);
  const starting = ({ values, paths }: Candidates): Candidates => ({
    values: values.filter(({ value }) => value.startsWith(current)),
    paths,
  });
  const complete = async (slot: Option | Argument) =>
    starting(await valuesOf(slot, { command: nameOf(command), options, operands }, context));
  if (pending !== undefined) return complete(pending);
  if (current.startsWith('-') && !isAfterDashes) return starting({ values: optionsOf(command), paths: 'none' });
  const subcommands = command.commands.filter((one) => !isHidden(one));
  const named = subcommands.map((one) => ({ value: one.name(), description: one.summary() || one.description() }));
  if (named.length > 0 && operands.length === 0) {
    const help = command.parent === null ? [{ value: 'help', description: 'print the help of a command' }] : [];
    return starting({ values: [...named, ...help], paths: 'none' });
  }
  const slots = command.registeredArguments;
  const slot = slots[operands.length] ?? (slots.at(-1)?.variadic === true ? slots.at(-1) : undefined);
  return slot === undefined ? nothing : complete(slot);
}

interface ParsedWords {
  readonly command: Command;
  readonly operands: readonly string[];
  /** The option whose value is missing. */
  readonly pending: Option | undefined;
  readonly isAfterDashes: boolean;
}

function parseWords(program: Command, words: readonly string[]): ParsedWords {
  let command = program;
  let pending: Option | undefined;
  let isAfterDashes = false;
  let operands: readonly string[] = [];
  for (const word of words) {
    if (pending !== undefined) {
      pending = undefined;
    } else if (word === '--') {
      isAfterDashes = true;
    } else if (word.startsWith('-') && !isAfterDashes) {
      const option = optionsIn(command).find(({ long, short }) => word === long || word === short);
      pending = option !== undefined && (option.required || option.optional) ? option : undefined;
    } else {
      const child = operands.length === 0 ? command.commands.find((one) => one.name() === word) : undefined;
      if (child === undefined) operands = [...operands, word];
      else command = child;
    }
  }
  return { command, operands, pending, isAfterDashes };
}

/** Options of a command and of those above it, since each is accepted there. */
function optionsIn(command: Command): readonly Option[] {
  return [...command.options, ...(command.parent === null ? [] : optionsIn(command.parent))];
}

function optionsOf(command: Command): readonly Candidate[] {
  const own = command.options.filter(({ hidden }) => !hidden);
  const help = { value: '--help', description: 'print the help of this command' };
  return [...own, ...commonOptions(command)]
    .map(({ long, description }) => ({ value: long ?? '', description }))
    .concat(help);
}

/** Whether the help leaves a command out. Commander has no public property for it. */
function isHidden(command: Command): boolean {
  return (command as Command & { readonly _hidden?: boolean })._hidden === true;
}

/** Returns the options with values among the words, for what names depend on: `--stack`, `--mirror`, `--url`. */
function parsedOptions(words: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    words.flatMap((word, index) => (word.startsWith('--') ? [[word.slice(2), words[index + 1] ?? '']] : [])),
  );
}

interface Surroundings {
  readonly command: string;
  readonly options: Readonly<Record<string, string>>;
  readonly operands: readonly string[];
}

async function valuesOf(slot: Option | Argument, around: Surroundings, context: CommandContext): Promise<Candidates> {
  if (slot.argChoices !== undefined)
    return { values: slot.argChoices.map((value) => ({ value, description: '' })), paths: 'none' };
  const placeholder = 'flags' in slot ? (/[<[]([\w=/-]+)/.exec(slot.flags)?.[1] ?? '') : slot.name();
  const kind = kindOf('flags' in slot ? (slot.long ?? '').slice(2) : placeholder, around.command);
  if (kind !== undefined) return { values: await namesFor(kind, around, context), paths: 'none' };
  return { values: [], paths: PATHS.get(placeholder) ?? 'none' };
}

/** Which names an option or argument takes. */
function kindOf(name: string, command: string): NameKind | undefined {
  if (name === 'stack') return 'stack';
  if (name === 'pipeline') return 'pipeline';
  if (name === 'job') return 'job';
  if (name === 'jobs' || (command === 'run' && name === 'play')) return 'local-job';
  if (name === 'package') return 'package';
  if (name === 'spec') return 'mirror-package';
  if (name === 'hash') return 'mirror-hash';
  return undefined;
}

const PATHS: ReadonlyMap<string, 'files' | 'folders'> = new Map([
  ...['file', 'files', 'path', 'locks', 'image', 'source', 'target', 'secret'].map((name) => [name, 'files'] as const),
  ...['dir', 'folder', 'url', 'from', 'to', 'repository'].map((name) => [name, 'folders'] as const),
]);
