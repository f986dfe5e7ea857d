import type { DataFolder, ServerSettings } from '../../coordinator/index.ts';
import type { Logger } from '../../kit/index.ts';

/** What all parts of a server work with. */
export interface ServerParts {
  readonly settings: ServerSettings;
  readonly folder: DataFolder;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Logger;
  readonly version: string;
  /** The script that node runs, so that jobs find `slipway`. */
  readonly entry: string;
}
