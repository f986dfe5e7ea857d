import { schema } from './schema.ts';

/** Pipelines of other CI systems, and the ID tokens that their jobs have shown. */
const identities = `
  CREATE TABLE identity_tokens (token TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE external_pipelines (
    stack TEXT NOT NULL, issuer TEXT NOT NULL, project TEXT NOT NULL, external TEXT NOT NULL,
    pipeline INTEGER NOT NULL REFERENCES pipelines (id), PRIMARY KEY (stack, issuer, project, external)
  ) WITHOUT ROWID;
`;

/** Tokens and sessions, by the digests of what their owners send. */
const access = `
  CREATE TABLE access_tokens (
    id INTEGER PRIMARY KEY AUTOINCREMENT, digest TEXT NOT NULL UNIQUE, name TEXT NOT NULL, scope TEXT NOT NULL,
    stacks TEXT NOT NULL, actor TEXT, created_at TEXT NOT NULL, created_by TEXT NOT NULL, expires_at TEXT NOT NULL,
    last_used_at TEXT, revoked_at TEXT
  );
  CREATE TABLE sessions (
    digest TEXT PRIMARY KEY, provider TEXT NOT NULL, name TEXT NOT NULL, groups TEXT NOT NULL,
    created_at TEXT NOT NULL, expires_at TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX sessions_by_expiry ON sessions (expires_at);
`;

/** Each makes of the schema before it the next one; the first makes all tables. None is changed once it was released. */
export const migrations: readonly string[] = [schema, identities, access];

/** The form of the schema; stored as `user_version`. */
export const schemaVersion = migrations.length;
