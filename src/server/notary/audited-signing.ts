import type { AuditEntry, AuditLog } from '../../audit/index.ts';
import { SlipwayError, messageOf } from '../../kit/index.ts';
import type { SigningService } from '../../notary/index.ts';
import { reasonText } from '../audit-requests.ts';

/**
 * Records what the notary signed for this server, and what it refused. The notary's own log of signatures remains the
 * evidence: this one has who wanted them. Indexes, which are signed after each push, are recorded only if refused.
 */
export function auditedSigning(signing: SigningService, audit: AuditLog): SigningService {
  const audited = async <T>(entry: Omit<AuditEntry, 'who' | 'outcome'>, work: () => Promise<T>): Promise<T> => {
    const isIndex = entry.action === 'notary.sign-index';
    if (!isIndex) audit.require();
    const about = { who: 'server', ...entry };
    try {
      const result = await work();
      if (!isIndex) audit.record({ ...about, outcome: 'done' });
      return result;
    } catch (error) {
      const isRefusal = error instanceof SlipwayError && error.status < 500;
      const reason = error instanceof SlipwayError ? reasonText(error) : messageOf(error);
      audit.record({ ...about, outcome: isRefusal ? 'refused' : 'failed', reason });
      throw error;
    }
  };
  return {
    ...signing,
    attest: (request) => {
      const { stack, key, pipeline, job, lockDigest } = request;
      const details = { pipeline, job, lock: lockDigest };
      return audited({ action: 'notary.sign', stack, on: key, details }, () => signing.attest(request));
    },
    renew: (request) => {
      const { stack, name, version, hash } = request;
      const on = `${name}@${version}/${hash}`;
      return audited({ action: 'notary.renew', stack, on }, () => signing.renew(request));
    },
    signImage: (request) => {
      const { stack, pipeline } = request;
      const details = { pipeline, locks: request.locks.map(({ digest }) => digest).join(' ') };
      return audited({ action: 'notary.sign-image', stack, on: `pipeline ${pipeline}`, details }, () =>
        signing.signImage(request),
      );
    },
    signStatement: (request) =>
      audited({ action: 'notary.sign-index', stack: request.stack, on: request.root || 'index' }, () =>
        signing.signStatement(request),
      ),
  };
}
