import type { Image } from '../../oci/index.ts';

/** Returns the command that a container of an image runs: its entrypoint with these words, by default its own. */
export function startCommand(image: Image, words: readonly string[] = []): readonly string[] {
  const { Entrypoint: entrypoint, Cmd: own } = image.config.config ?? {};
  return [...(entrypoint ?? []), ...(words.length > 0 ? words : (own ?? []))];
}
