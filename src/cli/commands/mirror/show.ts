import type { Command } from 'commander';
import {
  findByHash,
  mirrorUsage,
  openCurrentMirror,
  openMirrorLayout,
  searchLayout,
  type Entry,
} from '../../../mirror/index.ts';
import { dependenciesOf, parseSpec } from '../../../spack/index.ts';
import { readOptionalTrust } from '../../../notary/index.ts';
import type { CommandContext } from '../../command.ts';
import {
  addTrustOptions,
  jsonOption,
  mirrorAt,
  trustFlags,
  urlArgument,
  type JsonFlag,
  type TrustFlags,
} from './flags.ts';

/** `slipway mirror list|search|show|du|keys`, which change nothing. */
export function configureShow(command: Command, context: CommandContext): void {
  const add = (name: string, description: string) =>
    command
      .command(name)
      .description(description)
      .argument('<url>', urlArgument)
      .option(...jsonOption);
  add('list', 'list the packages of a mirror').action((url: string, flags: JsonFlag) => list(url, flags, context));
  add('search', 'list the packages that a spec matches: `slipway mirror search URL zlib@1.3:`')
    .argument('<spec>', 'as on Spack’s command line')
    .action((url: string, spec: string, flags: JsonFlag) => search({ url, spec }, flags, context));
  const showCommand = add(
    'show',
    'show what is known of one package: who signed it, what it needs, its digests',
  ).argument('<hash>', 'its hash, or the beginning of it');
  addTrustOptions(showCommand).action((url: string, hash: string, flags: TrustFlags & JsonFlag) =>
    show({ url, hash }, flags, context),
  );
  add('du', 'show the size of each package').action((url: string, flags: JsonFlag) => du(url, flags, context));
  add('keys', 'print the public keys that a mirror offers; that it offers them is no reason to trust them').action(
    (url: string, flags: JsonFlag) => keys(url, flags, context),
  );
}

async function list(url: string, flags: JsonFlag, context: CommandContext): Promise<void> {
  const entries = [];
  const layout = await openMirrorLayout(mirrorAt(url, context));
  for await (const { name, version, hash } of layout.list()) {
    context.signal.throwIfAborted();
    entries.push({ name, version, hash });
  }
  print(entries, flags, context);
}

async function search(
  { url, spec }: { url: string; spec: string },
  flags: JsonFlag,
  context: CommandContext,
): Promise<void> {
  const { found, unreadable } = await searchLayout(await openMirrorLayout(mirrorAt(url, context)), parseSpec(spec));
  for (const entry of unreadable) context.terminal.note(`warning: ${entry} cannot be read, and was not searched`);
  print(found, flags, context);
}

function print(
  entries: readonly { name: string; version: string; hash: string }[],
  flags: JsonFlag,
  { terminal }: CommandContext,
): void {
  if (flags.json) terminal.json({ entries });
  else for (const { name, version, hash } of entries) terminal.data(`${name}@${version} /${hash}`);
}

async function show(
  { url, hash }: { url: string; hash: string },
  flags: TrustFlags & JsonFlag,
  context: CommandContext,
): Promise<void> {
  const layout = await openMirrorLayout(mirrorAt(url, context));
  const id = await findByHash(layout, hash.replace(/^\//, ''));
  const trust = await readOptionalTrust(trustFlags(flags, context));
  const entry = (await layout.read(id, trust)) as Entry;
  const [node] = entry.spec.nodes;
  const needs = dependenciesOf(node, ['build', 'link', 'run']).map((one) => ({ name: one.name, hash: one.hash }));
  const facts = { name: node.name, version: node.version, hash: node.hash, signedBy: entry.signedBy ?? null };
  if (flags.json) return context.terminal.json({ ...facts, tarball: entry.tarball, needs });
  const signed = entry.signedBy ?? (trust.verifier === undefined ? 'not checked: no keys were named' : 'no key');
  const lines = [
    `${node.name}@${node.version} /${node.hash}`,
    `  signed by  ${signed}`,
    `  tarball    sha256:${entry.tarball.sha256}, ${entry.tarball.size} bytes`,
    ...(entry.tarball.diffId === undefined ? [] : [`  as layer   ${entry.tarball.diffId}`]),
    ...needs.map((need) => `  needs      ${need.name} /${need.hash}`),
  ];
  for (const line of lines) context.terminal.data(line);
  return undefined;
}

async function du(url: string, flags: JsonFlag, context: CommandContext): Promise<void> {
  const usage = await mirrorUsage(await openCurrentMirror(mirrorAt(url, context)));
  if (flags.json) return context.terminal.json(usage);
  for (const { name, entries, bytes } of usage.packages)
    context.terminal.data(`${String(bytes).padStart(14)}  ${name} (${entries})`);
  context.terminal.data(`${String(usage.documents).padStart(14)}  index and keys`);
  context.terminal.data(`${String(usage.unused).padStart(14)}  what nothing names`);
  context.terminal.data(`${String(usage.bytes).padStart(14)}  ${usage.entries} entries in all`);
  return undefined;
}

async function keys(url: string, flags: JsonFlag, context: CommandContext): Promise<void> {
  const found = await (await openMirrorLayout(mirrorAt(url, context))).keys();
  if (flags.json) context.terminal.json({ keys: found });
  else for (const { publicKey } of found) context.terminal.data(publicKey.trimEnd());
}
