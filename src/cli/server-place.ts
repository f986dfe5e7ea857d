import type { Command } from 'commander';
import type { ServerFlags } from '../coordinator/index.ts';
import { asOwnerOf } from '../kit/index.ts';
import { tokenOption, type AccessOptions } from './server-access.ts';

/** Where something of a server is changed: in its data folder, or with `--url` by its REST API. */
export type ServerPlace = ServerFlags & AccessOptions;

/** Adds a command with the options that decide about the place. */
export function placedCommand(parent: Command, name: string): Command {
  return parent
    .command(name)
    .option('-c, --config <file>', 'configuration of the server')
    .option('--data <folder>', 'data folder of the server')
    .option('--url <url>', 'ask this server, instead of using the data folder')
    .option(...tokenOption)
    .option('--json', 'print one line of JSON');
}

/** Returns a function that works with what is stored in a data folder, as the owner of that folder. */
export function storedWork<Stored extends { close(): void }>(
  data: string,
  open: () => Stored | Promise<Stored>,
): <T>(work: (stored: Stored) => T) => Promise<T> {
  return (work) =>
    asOwnerOf(data, async () => {
      const stored = await open();
      try {
        return work(stored);
      } finally {
        stored.close();
      }
    });
}
