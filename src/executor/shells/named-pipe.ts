import { closeSync, constants, openSync } from 'node:fs';

/**
 * Opens both ends of a named pipe, as files. Opening one end waits for the other, so a reader that does not wait comes
 * first, until there is one that does.
 */
export function openNamedPipe(path: string): { readonly reader: number; readonly writer: number } {
  const early = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY);
  const reader = openSync(path, constants.O_RDONLY);
  closeSync(early);
  return { reader, writer };
}
