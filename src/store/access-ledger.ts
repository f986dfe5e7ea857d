import type { AccessLedger, SessionRecord, TokenRecord } from '../access/index.ts';
import type { Database } from './database.ts';

type Stored<Record, Lists extends keyof Record> = Omit<Record, Lists> & { readonly [Key in Lists]: string };

const TOKEN = `CAST(id AS TEXT) AS id, name, scope, stacks, actor, created_at AS createdAt, created_by AS createdBy,
  expires_at AS expiresAt, last_used_at AS lastUsedAt, revoked_at AS revokedAt`;
const SESSION = 'provider, name, groups, created_at AS createdAt, expires_at AS expiresAt';

/** Stores tokens and sessions in SQLite. */
export function createAccessLedger(database: Database): AccessLedger {
  return { ...tokens(database), ...sessions(database) };
}

function tokens(database: Database) {
  const read = ({ stacks, ...token }: Stored<TokenRecord, 'stacks'>): TokenRecord => ({
    ...token,
    stacks: JSON.parse(stacks) as readonly string[],
  });
  const find = (condition: string, value: string | number): TokenRecord | undefined => {
    const sql = `SELECT ${TOKEN} FROM access_tokens WHERE ${condition}`;
    const found = database.get<Stored<TokenRecord, 'stacks'>>(sql, value);
    return found && read(found);
  };
  return {
    addToken: ({ name, scope, stacks, actor, createdAt, createdBy, expiresAt }, digest) =>
      database.insert('access_tokens', {
        digest,
        name,
        scope,
        stacks: JSON.stringify(stacks),
        actor,
        created_at: createdAt,
        created_by: createdBy,
        expires_at: expiresAt,
      }),
    tokens: () =>
      database
        .all<Stored<TokenRecord, 'stacks'>>(`SELECT ${TOKEN} FROM access_tokens ORDER BY access_tokens.id DESC`)
        .map(read),
    hasTokens: () => database.get('SELECT 1 FROM access_tokens LIMIT 1') !== undefined,
    token: (id) => find('id = ?', Number(id)),
    tokenByDigest: (digest) => find('digest = ?', digest),
    recordUse: (id, at) => database.run('UPDATE access_tokens SET last_used_at = ? WHERE id = ?', at, Number(id)),
    revokeToken: (id, at) =>
      database.run('UPDATE access_tokens SET revoked_at = COALESCE(revoked_at, ?) WHERE id = ?', at, Number(id)),
  } satisfies Partial<AccessLedger>;
}

function sessions(database: Database) {
  return {
    addSession: ({ provider, name, groups, createdAt, expiresAt }, digest) => {
      database.insert('sessions', {
        digest,
        provider,
        name,
        groups: JSON.stringify(groups),
        created_at: createdAt,
        expires_at: expiresAt,
      });
    },
    sessionByDigest: (digest) => {
      const sql = `SELECT ${SESSION} FROM sessions WHERE digest = ?`;
      const found = database.get<Stored<SessionRecord, 'groups'>>(sql, digest);
      return found && { ...found, groups: JSON.parse(found.groups) as readonly string[] };
    },
    endSession: (digest) => database.run('DELETE FROM sessions WHERE digest = ?', digest),
    endSessionsOf: (name) =>
      database.transaction(() => {
        const count = database.all('SELECT 1 FROM sessions WHERE name = ?', name).length;
        database.run('DELETE FROM sessions WHERE name = ?', name);
        return count;
      }),
    removeExpiredSessions: (before) => database.run('DELETE FROM sessions WHERE expires_at <= ?', before),
  } satisfies Partial<AccessLedger>;
}
