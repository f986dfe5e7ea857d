import type { Promotion, PromotionLedger, RequestPackage } from '../coordinator/index.ts';
import type { Database } from './database.ts';

const PACKAGE =
  'stack, prefix, name, version, hash, pipeline, tree, lock, job, runner, is_trusted AS isTrusted, manifest';
const PROMOTION =
  'stack, pipeline, name, version, hash, outcome, tarball, from_pipeline AS fromPipeline, from_job AS fromJob, reason, at';

/** Records packages of pull requests and their promotion, in SQLite. */
export function createPromotionLedger(database: Database): PromotionLedger {
  return {
    addPackage: ({ isTrusted, ...entry }) =>
      database.insert('request_packages', { ...entry, is_trusted: isTrusted ? 1 : 0 }, 'INSERT OR IGNORE'),
    packages: (stack, prefix) =>
      database
        .all(`SELECT ${PACKAGE} FROM request_packages WHERE stack = ? AND prefix = ? ORDER BY seq`, stack, prefix)
        .map((row) => ({ ...(row as unknown as RequestPackage), isTrusted: row['isTrusted'] === 1 })),
    prefixes: (stack) =>
      database
        .all<{ prefix: string }>('SELECT DISTINCT prefix FROM request_packages WHERE stack = ?', stack)
        .map(({ prefix }) => prefix),
    forget: (stack, prefix) =>
      database.run('DELETE FROM request_packages WHERE stack = ? AND prefix = ?', stack, prefix),
    save: ({ fromPipeline, fromJob, ...promotion }) =>
      database.replace('promotions', { ...promotion, from_pipeline: fromPipeline, from_job: fromJob }),
    promotions: (pipeline) =>
      database.all<Promotion>(`SELECT ${PROMOTION} FROM promotions WHERE pipeline = ?`, pipeline),
    promotionIn: (pipeline, hash) =>
      database.get<Promotion>(`SELECT ${PROMOTION} FROM promotions WHERE pipeline = ? AND hash = ?`, pipeline, hash),
    promotionOf: (stack, tarball) =>
      database.get<Promotion>(
        `SELECT ${PROMOTION} FROM promotions WHERE stack = ? AND tarball = ? AND outcome = 'promoted'`,
        stack,
        tarball,
      ),
  };
}
