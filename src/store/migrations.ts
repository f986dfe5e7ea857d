import { schema } from './schema.ts';

/** Number of the schema of version 0.2.0; databases of versions before it have lower ones. */
export const firstSchema = 5;

/** Each turns the schema before it into the next one. None is changed once it was released. */
const migrations: readonly string[] = [];

/** Number of the schema that this program uses; stored as `user_version`. */
export const schemaVersion = firstSchema + migrations.length;

/** Returns the statements that lead from a schema to another; 0 is an empty database. */
export function migrationsBetween(from: number, to: number = schemaVersion): readonly string[] {
  const later = migrations.slice(Math.max(0, from - firstSchema), to - firstSchema);
  return from === 0 ? [schema, ...later] : later;
}
