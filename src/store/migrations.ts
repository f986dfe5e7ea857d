import { schema } from './schema.ts';

/** Pipelines of other CI systems, and the ID tokens that their jobs have shown. */
const identities = `
  CREATE TABLE identity_tokens (token TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE external_pipelines (
    stack TEXT NOT NULL, issuer TEXT NOT NULL, project TEXT NOT NULL, external TEXT NOT NULL,
    pipeline INTEGER NOT NULL REFERENCES pipelines (id), PRIMARY KEY (stack, issuer, project, external)
  ) WITHOUT ROWID;
`;

/** Each makes of the schema before it the next one; the first makes all tables. None is changed once it was released. */
export const migrations: readonly string[] = [schema, identities];

/** The form of the schema; stored as `user_version`. */
export const schemaVersion = migrations.length;
