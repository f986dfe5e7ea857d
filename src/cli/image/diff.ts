import { diffImages, heldPackages, imagesOf, platformOf, platformText, readPublished } from '../../image/index.ts';
import type { HeldPackage, Image, ImageDifference } from '../../image/index.ts';
import type { CommandContext } from '../command.ts';
import { openImagePlace } from '../image-place.ts';

interface Held {
  readonly image: Image;
  readonly packages: readonly HeldPackage[];
}

/** By platform. */
type Images = ReadonlyMap<string, Held>;

/** `image diff A B`: which packages B has that A has not, and what whoever has A must pull; of indexes for each platform. */
export async function diff(
  places: { readonly a: string; readonly b: string },
  { json }: { readonly json?: true },
  context: CommandContext,
): Promise<void> {
  const [a, b] = [await read(places.a, context), await read(places.b, context)];
  const platforms = [...new Set([...a.keys(), ...b.keys()])].toSorted();
  const differences = platforms.map((platform) => ({ platform, ...compare(a.get(platform), b.get(platform)) }));
  const [only] = differences;
  if (only !== undefined && differences.length === 1) {
    const { platform: _told, ...difference } = only;
    return json ? context.terminal.json(difference) : tell(difference, '', context);
  }
  if (json) return context.terminal.json({ platforms: differences });
  for (const { platform, ...difference } of differences) tell(difference, `${platform}: `, context);
  return undefined;
}

const nothing: Pick<Held, 'packages'> = { packages: [] };

function compare(a: Held | undefined, b: Held | undefined): ImageDifference {
  return diffImages(a ?? nothing, b ?? nothing);
}

async function read(text: string, context: CommandContext): Promise<Images> {
  const { target, reference } = await openImagePlace(text, context, { access: 'pull' });
  const images = new Map<string, Held>();
  for (const image of imagesOf(await readPublished(target, reference)))
    images.set(platformText(platformOf(image)), { image, packages: await heldPackages(target, image) });
  return images;
}

function tell(difference: ImageDifference, before: string, { terminal }: CommandContext): void {
  for (const line of linesOf(difference)) terminal.data(`${before}${line}`);
  const { same, newLayers, newBytes } = difference;
  terminal.note(`${before}${same} packages are in both; ${newLayers} layers are new, ${newBytes} bytes`);
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
