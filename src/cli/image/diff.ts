import { diffImages, heldPackages } from '../../image/index.ts';
import type { HeldPackage, Image, ImageDifference } from '../../image/index.ts';
import { readImage } from '../../oci/index.ts';
import type { CommandContext } from '../command.ts';
import { openImagePlace } from '../image-place.ts';

/** `image diff A B`: which packages B has that A has not, and what whoever has A must pull. */
export async function diff(
  places: { readonly a: string; readonly b: string },
  { json }: { readonly json?: true },
  context: CommandContext,
): Promise<void> {
  const [a, b] = [await read(places.a, context), await read(places.b, context)];
  const difference = diffImages(a, b);
  if (json) return context.terminal.json(difference);
  for (const line of linesOf(difference)) context.terminal.data(line);
  const { same, newLayers, newBytes } = difference;
  return context.terminal.note(`${same} packages are in both; ${newLayers} layers are new, ${newBytes} bytes`);
}

async function read(
  text: string,
  context: CommandContext,
): Promise<{ readonly image: Image; readonly packages: readonly HeldPackage[] }> {
  const { target, reference } = await openImagePlace(text, context, { access: 'pull' });
  const image = await readImage(target, reference);
  return { image, packages: await heldPackages(target, image) };
}

function linesOf({ added, removed, changed }: ImageDifference): readonly string[] {
  return [
    ...removed.map((one) => `- ${describe(one)}`),
    ...added.map((one) => `+ ${describe(one)}`),
    ...changed.map(({ name, from, to, kind }) => {
      if (kind === 'version') return `~ ${name} ${from.version} → ${to.version}`;
      const what = kind === 'variants' ? `${from.variants ?? ''} → ${to.variants ?? ''}` : 'rebuilt';
      return `~ ${name}@${to.version} ${what} (${from.hash.slice(0, 7)} → ${to.hash.slice(0, 7)})`;
    }),
  ];
}

function describe({ name, version, hash }: HeldPackage): string {
  return `${name}@${version}/${hash.slice(0, 7)}`;
}
