import type { ExternalPipeline, IdentityLedger } from '../coordinator/index.ts';
import type { Database } from './database.ts';

/** Records ID tokens that were used, and pipelines of other CI systems, in SQLite. */
export function createIdentityLedger(database: Database): IdentityLedger {
  const isTokenUsed = (token: string): boolean =>
    database.get('SELECT 1 FROM identity_tokens WHERE token = ?', token) !== undefined;
  return {
    isTokenUsed,
    useToken: (token, { expiresAt, now }) =>
      database.transaction(() => {
        database.run('DELETE FROM identity_tokens WHERE expires_at < ?', now);
        if (isTokenUsed(token)) return false;
        database.insert('identity_tokens', { token, expires_at: expiresAt });
        return true;
      }),
    pipelineOf: ({ stack, issuer, project, pipeline }: ExternalPipeline) =>
      database.get<{ id: string }>(
        'SELECT CAST(pipeline AS TEXT) AS id FROM external_pipelines WHERE stack = ? AND issuer = ? AND project = ? AND external = ?',
        stack,
        issuer,
        project,
        pipeline,
      )?.id,
    setPipeline: ({ stack, issuer, project, pipeline: external }, pipeline) =>
      database.replace('external_pipelines', { stack, issuer, project, external, pipeline: Number(pipeline) }),
  };
}
