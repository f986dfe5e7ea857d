import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { AuditRecord } from '../protocol/index.ts';
import { send, type ServerAccess } from './request.ts';

/** Which records are read; all fields are as in the query of the REST API. */
type AuditQuery = Readonly<
  Partial<Record<'since' | 'until' | 'stack' | 'who' | 'action' | 'outcome', string | undefined>>
>;

/** Reads the audit log of a server, from the oldest record on. */
export async function* readServedAudit(server: ServerAccess, query: AuditQuery): AsyncGenerator<AuditRecord> {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, value);
  const { body } = await send(server, `/api/v1/audit/export?${given.toString()}`);
  if (body === null) return;
  for await (const line of createInterface({ input: Readable.fromWeb(body) }))
    yield AuditRecord.parse(JSON.parse(line));
}
