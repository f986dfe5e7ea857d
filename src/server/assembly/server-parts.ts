import type { AuditLog } from '../../audit/index.ts';
import type { DataFolder, ServerSettings } from '../../coordinator/index.ts';
import type { Clock, Logger } from '../../kit/index.ts';
import type { IncludeNetwork } from '../egress/include-transport.ts';

/** What all parts of a server work with. */
export interface ServerParts {
  readonly settings: ServerSettings;
  readonly folder: DataFolder;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Logger;
  readonly clock: Clock;
  readonly audit: AuditLog;
  readonly version: string;
  /** The script that node runs, so that jobs find `slipway`. */
  readonly entry: string;
  /** How included texts are requested; tests have their own names and certificates. */
  readonly includeNetwork?: Pick<IncludeNetwork, 'internet' | 'ca'>;
}
