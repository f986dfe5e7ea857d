import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { AuditLog, type AuditEntry } from '../audit/index.ts';
import type { ServerFlags } from '../coordinator/index.ts';
import { SlipwayError, asOwnerOf, messageOf } from '../kit/index.ts';
import type { CommandContext } from './command.ts';
import { createLogger } from './logger.ts';
import { readServerSettings } from './server-settings.ts';

interface AuditedCommand<Result> {
  /** `key.rotate`, `mirror.prune`, … */
  readonly action: string;
  readonly on?: string;
  /** Returns more for the record of what was done. */
  readonly recorded?: (result: Result) => Pick<AuditEntry, 'on' | 'details'>;
  /** Which server's data folder has the log; by default the one that `slipway serve` would use here. */
  readonly server?: Pick<ServerFlags, 'config' | 'data'>;
}

/**
 * Does the work of a command that changes keys, tokens or a mirror, and records it in the audit log of the server, which may
 * run meanwhile. Without a data folder there is no log, and nothing is recorded.
 */
export async function audited<Result>(
  command: AuditedCommand<Result>,
  context: CommandContext,
  work: () => Promise<Result>,
): Promise<Result> {
  const audit = await openAudit(command.server ?? {}, context);
  const { action, on } = command;
  const about = { who: `user:${userName()}`, from: 'command line', action, on };
  try {
    const result = await work();
    await audit?.record({ ...about, ...command.recorded?.(result), outcome: 'done' });
    return result;
  } catch (error) {
    const code = error instanceof SlipwayError ? `${error.code}: ` : '';
    await audit?.record({ ...about, outcome: 'failed', reason: code + messageOf(error) });
    throw error;
  } finally {
    await audit?.close();
  }
}

interface OpenAudit {
  record(entry: AuditEntry): Promise<void>;
  close(): Promise<void>;
}

/** Opens the audit log as the owner of the data folder. Throws AUDIT_UNWRITABLE. */
async function openAudit(
  { config, data }: Pick<ServerFlags, 'config' | 'data'>,
  context: CommandContext,
): Promise<OpenAudit | undefined> {
  // Most commands on mirrors need no coordinator.
  const { dataFolder } = await import('../coordinator/index.ts');
  const { configuration } = await readServerSettings({ config, data }, context);
  const { root, audit: folder } = dataFolder(configuration.data);
  if (!existsSync(root)) return undefined;
  const audit = await asOwnerOf(root, () => {
    const opened = new AuditLog({ folder, log: createLogger('error') });
    opened.require();
    return opened;
  });
  return {
    record: (entry) => asOwnerOf(root, () => audit.record(entry)),
    close: () => asOwnerOf(root, () => audit.close()),
  };
}

/** The user may be unknown to the machine, as in a container. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}
