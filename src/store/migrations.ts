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

/** Packages that jobs of pull requests pushed, and their promotion to the protected mirror. */
const promotions = `
  CREATE TABLE request_packages (
    seq INTEGER PRIMARY KEY, stack TEXT NOT NULL, prefix TEXT NOT NULL,
    name TEXT NOT NULL, version TEXT NOT NULL, hash TEXT NOT NULL, pipeline TEXT NOT NULL, tree TEXT NOT NULL,
    lock TEXT NOT NULL, job TEXT NOT NULL, runner TEXT NOT NULL, is_trusted INTEGER NOT NULL, manifest TEXT NOT NULL,
    UNIQUE (stack, prefix, hash, job, manifest)
  );
  CREATE TABLE promotions (
    pipeline TEXT NOT NULL, hash TEXT NOT NULL, stack TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL,
    outcome TEXT NOT NULL, tarball TEXT, from_pipeline TEXT, from_job TEXT, reason TEXT, at TEXT NOT NULL,
    PRIMARY KEY (pipeline, hash)
  ) WITHOUT ROWID;
  CREATE INDEX promotions_by_tarball ON promotions (stack, tarball) WHERE tarball IS NOT NULL;
`;

/** Each makes of the schema before it the next one; the first makes all tables. None is changed once it was released. */
export const migrations: readonly string[] = [schema, identities, access, promotions];

/** The form of the schema; stored as `user_version`. */
export const schemaVersion = migrations.length;
