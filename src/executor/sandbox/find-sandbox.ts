import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attemptProgram, findProgram, SYSTEM_PATH } from '../../kit/index.ts';
import { networkNamespace } from '../network/network-namespace.ts';
import { bubblewrap } from './bubblewrap.ts';
import { explainRefusal } from './explain-refusal.ts';
import type { Mechanism } from './mechanism.ts';
import { perl } from './perl.ts';
import { sandboxCommand } from './sandbox-command.ts';
import { hasSyscallFilter, syscallFilterIn } from './syscall-filter.ts';
import { systemPlaces } from './system-places.ts';

/** The mechanism of this machine, or why none works and what to do. */
export type FoundSandbox =
  | { readonly mechanism: Mechanism }
  | { readonly mechanism?: undefined; readonly reason: string; readonly remedy: string };

const mechanisms: Readonly<Record<Mechanism['name'], (program: string) => Mechanism>> = { bwrap: bubblewrap, perl };

const NO_NETWORK: FoundSandbox = {
  reason: 'jobs cannot have a network of their own',
  remedy: 'Install bubblewrap, or util-linux and perl.',
};

let found: Promise<FoundSandbox> | undefined;
let foundInSlot: Promise<FoundSandbox> | undefined;

/** Returns the first mechanism that works on this machine, tried out once: there are many ways to forbid namespaces. */
export function findMechanism(): Promise<FoundSandbox> {
  found ??= tryAll();
  return found;
}

/** Returns what the sandboxes of jobs are built by: a mechanism that works in the network of a slot, tried out once. */
export function findSandbox(): Promise<FoundSandbox> {
  foundInSlot ??= tryInSlot();
  return foundInSlot;
}

export async function sandboxAvailable(): Promise<boolean> {
  return (await findSandbox()).mechanism !== undefined;
}

async function tryAll(): Promise<FoundSandbox> {
  const reasons: string[] = [];
  for (const name of ['bwrap', 'perl'] as const) {
    const tried = await tryMechanism(name);
    if (typeof tried !== 'string') return { mechanism: tried };
    reasons.push(`${name}: ${tried}`);
  }
  return { reason: reasons.join('; '), remedy: explainRefusal(reasons) };
}

/** Some systems let a program create namespaces, and forbid it to what this program starts. */
async function tryInSlot(): Promise<FoundSandbox> {
  const known = await findMechanism();
  if (known.mechanism === undefined) return known;
  const within = await networkNamespace();
  if (within === undefined) return NO_NETWORK;
  const fault = await faultIn(within, known.mechanism);
  if (fault === undefined) return known;
  const reason = `${known.mechanism.name} within a network namespace: ${fault}`;
  return { reason, remedy: explainRefusal([reason]) };
}

/** Returns a mechanism, or why it does not work here. */
export async function tryMechanism(name: Mechanism['name']): Promise<Mechanism | string> {
  if (!hasSyscallFilter(process.arch)) return `there is no filter of system calls for ${process.arch}`;
  const program = await findProgram(name, SYSTEM_PATH);
  if (program === undefined) return 'it is not installed';
  const mechanism = mechanisms[name](program);
  const fault = await faultIn([], mechanism);
  return fault ?? mechanism;
}

/** Succeeds if SIGTERM reaches the command, the folder can be written, and one beside it is not seen. */
const TRY = [
  `trap '[ -d /proc/self ] && [ ! -e ../other ] && : > written && exit 0; exit 1' TERM`,
  'kill -TERM $$',
  'exit 2',
].join('; ');

/** Returns why a mechanism does not work after the words that create the network of a slot. */
export async function faultIn(within: readonly string[], mechanism: Mechanism): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-sandbox-'));
  try {
    const [own, temporary] = [join(folder, 'own'), join(folder, 'tmp')];
    for (const path of [own, temporary, join(folder, 'other')]) await mkdir(path);
    const view = {
      ...systemPlaces(folder),
      writable: [own],
      hidden: [],
      temporary,
      folder: own,
      network: within.length > 0 ? 'slot' : 'none',
    } as const;
    const text = sandboxCommand(mechanism, { view, filter: syscallFilterIn(folder) }, ['sh', '-c', TRY]);
    const [program, ...words] = [...within, '/bin/sh', '-c', text];
    const tried = await attemptProgram(program, words, { env: { PATH: SYSTEM_PATH, LC_ALL: 'C' } });
    return tried.isSuccess ? undefined : tried.reason;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
