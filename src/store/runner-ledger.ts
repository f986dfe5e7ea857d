import type { RegistrationToken, RunnerLedger, RunnerRecord, RunnerTokens } from '../coordinator/index.ts';
import type { Database } from './database.ts';

const RUNNER = `CAST(id AS TEXT) AS id, name, settings, paused, created_at AS createdAt, created_by AS createdBy,
  rotated_at AS rotatedAt, expires_at AS expiresAt, token, old_token AS oldToken, old_token_until AS oldTokenUntil`;
const REGISTRATION = `digest, stacks, sandbox, created_at AS createdAt, created_by AS createdBy,
  expires_at AS expiresAt`;

type StoredRunner = Pick<RunnerRecord, 'id' | 'name' | 'createdAt' | 'createdBy' | 'rotatedAt' | 'expiresAt'> & {
  readonly settings: string;
  readonly paused: number;
  readonly token: string;
  readonly oldToken?: string;
  readonly oldTokenUntil?: string;
};

type StoredRegistration = Omit<RegistrationToken, 'stacks' | 'sandbox'> & {
  readonly stacks: string;
  readonly sandbox: number;
};

/** Stores runners in SQLite. */
export function createRunnerLedger(database: Database): RunnerLedger {
  return { ...runners(database), ...registration(database), ...unregistered(database) };
}

function runners(database: Database) {
  return {
    revision: () => database.get<{ number: number }>('SELECT number FROM runner_changes')?.number ?? 0,
    runners: () =>
      database
        .all<StoredRunner>(`SELECT ${RUNNER} FROM runners WHERE removed_at IS NULL ORDER BY runners.id`)
        .map(read),
    hasRunners: () => database.get('SELECT 1 FROM runners LIMIT 1') !== undefined,
    hasName: (name) => database.get('SELECT 1 FROM runners WHERE name = ?', name) !== undefined,
    addRunner: (runner, digest) =>
      database.insert('runners', {
        name: runner.name,
        settings: settingsOf(runner),
        paused: Number(runner.paused),
        token: digest,
        created_at: runner.createdAt,
        created_by: runner.createdBy,
        rotated_at: runner.rotatedAt,
        expires_at: runner.expiresAt,
      }),
    setSettings: ({ id, ...runner }) =>
      database.run('UPDATE runners SET settings = ? WHERE id = ?', settingsOf(runner), Number(id)),
    setPaused: (id, isPaused) =>
      database.run('UPDATE runners SET paused = ? WHERE id = ?', Number(isPaused), Number(id)),
    setTokens: (id, { current, old }, { rotatedAt, expiresAt }) =>
      database.run(
        `UPDATE runners SET token = ?, old_token = ?, old_token_until = ?, rotated_at = ?, expires_at = ? WHERE id = ?`,
        current,
        old?.digest,
        old?.until,
        rotatedAt,
        expiresAt,
        Number(id),
      ),
    removeRunner: (id, at) =>
      database.run('UPDATE runners SET removed_at = ? WHERE id = ? AND removed_at IS NULL', at, Number(id)),
  } satisfies Partial<RunnerLedger>;
}

/** Returns what has no column of its own. */
function settingsOf(runner: Omit<RunnerRecord, 'id'>): string {
  const { name: _, paused: __, createdAt: ___, createdBy: ____, rotatedAt: _____, expiresAt: ______, ...own } = runner;
  return JSON.stringify(own);
}

function read({ settings, paused, token, oldToken, oldTokenUntil, ...runner }: StoredRunner) {
  const record: RunnerRecord = {
    ...(JSON.parse(settings) as Omit<RunnerRecord, keyof typeof runner>),
    ...runner,
    paused: paused === 1,
  };
  const old = oldToken === undefined ? undefined : { digest: oldToken, until: oldTokenUntil ?? '' };
  const tokens: RunnerTokens = { current: token, old };
  return { record, tokens };
}

function registration(database: Database) {
  return {
    registrationToken: () => {
      const found = database.get<StoredRegistration>(`SELECT ${REGISTRATION} FROM registration_token`);
      return found && { ...found, stacks: JSON.parse(found.stacks) as readonly string[], sandbox: found.sandbox === 1 };
    },
    setRegistrationToken: (token) => {
      if (token === undefined) return database.run('DELETE FROM registration_token');
      const { digest, stacks, sandbox, createdAt, createdBy, expiresAt } = token;
      database.replace('registration_token', {
        only: 1,
        digest,
        stacks: JSON.stringify(stacks),
        sandbox: Number(sandbox),
        created_at: createdAt,
        created_by: createdBy,
        expires_at: expiresAt,
      });
    },
  } satisfies Partial<RunnerLedger>;
}

function unregistered(database: Database) {
  return {
    isUnregistered: (name, digest) =>
      database.get('SELECT 1 FROM unregistered_runners WHERE name = ? AND token = ?', name, digest) !== undefined,
    unregister: (name, token, at) => database.insert('unregistered_runners', { name, token, at }, 'INSERT OR IGNORE'),
  } satisfies Partial<RunnerLedger>;
}
