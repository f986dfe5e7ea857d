import type { Command } from 'commander';

/** Which notary's keys are meant. */
export interface RingFlags {
  readonly folder?: string;
  readonly notaryConfig?: string;
  readonly config?: string;
  readonly data?: string;
  readonly json?: true;
}

export interface ExportFlags extends RingFlags {
  readonly to?: string;
  readonly images?: true;
}

/** Of commands that concern either kind of key. */
export interface RotateFlags extends RingFlags {
  readonly images?: true;
}

export interface ReSignFlags extends RingFlags {
  readonly dryRun?: true;
}

/** Options of every command that works on the keys of a notary. */
export function ringOptions(command: Command): Command {
  return command
    .option('--folder <folder>', 'folder of a notary that runs alone')
    .option('--notary-config <file>', 'configuration of a notary that runs alone, where its keys are encrypted')
    .option('-c, --config <file>', 'configuration of the server (default: slipway.server.yaml, or SLIPWAY_CONFIG)')
    .option('--data <folder>', 'folder that the server keeps everything in')
    .option('--json', 'print one line of JSON');
}
