import { AuditLog, readAuditPage } from '../../audit/index.ts';
import type { DataFolder, ServerSettings } from '../../coordinator/index.ts';
import { messageOf, sha256, type Logger } from '../../kit/index.ts';

interface ServerAuditOptions {
  readonly settings: ServerSettings;
  readonly folder: DataFolder;
  readonly log: Logger;
  readonly version: string;
}

/** The audit log of a server that starts, and settings whose secrets the log will not have. */
export function openServerAudit({ settings, folder, log }: ServerAuditOptions): {
  readonly audit: AuditLog;
  readonly settings: ServerSettings;
} {
  const audit = new AuditLog({ folder: folder.audit, log });
  const reveal: ServerSettings['reveal'] = async (source, purpose) => {
    const secret = await settings.reveal(source, purpose);
    audit.hide([secret]);
    return secret;
  };
  return { audit, settings: { ...settings, reveal } };
}

/** Records that a server began to serve, or why it did not. */
export function recordStart(
  audit: AuditLog,
  { settings, version }: Pick<ServerAuditOptions, 'settings' | 'version'>,
  failure?: unknown,
): void {
  const [before] = readAuditPage(
    audit.folder,
    { who: 'server', action: 'server.*', outcome: 'done' },
    { limit: 1, most: Number.POSITIVE_INFINITY },
  ).records;
  const isCutOff = before?.action === 'server.start';
  audit.record({
    who: 'server',
    action: 'server.start',
    outcome: failure === undefined ? 'done' : 'failed',
    reason: failure === undefined ? undefined : messageOf(failure),
    details: {
      version,
      configuration: sha256(JSON.stringify(settings.configuration)),
      listen: settings.configuration.listen,
      ...(isCutOff && { before: `the server before was cut off: it started at ${before.time} and did not stop` }),
    },
  });
}

export function recordStop(audit: AuditLog): void {
  audit.record({ who: 'server', action: 'server.stop', outcome: 'done' });
}
