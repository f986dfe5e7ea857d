import type { RequestLedger, RequestRecord } from '../coordinator/index.ts';
import type { Database } from './database.ts';

/** A remote with numbers of its own assigns the next ones too: branches are counted from where it will not come. */
const BEYOND_FORGES = 1_000_000;

/** Requests, and the numbers of branches that count as requests. */
export function requests(database: Database): RequestLedger {
  const parse = ({ request }: { request: string }) => JSON.parse(request) as RequestRecord;
  const select = (where: string, ...values: string[]) =>
    database.all<{ request: string }>(`SELECT request FROM requests WHERE ${where}`, ...values).map(parse);
  return {
    requestNumber: (stack, branch, taken = new Set()) =>
      database.transaction(() => {
        const known = database.get('SELECT number FROM request_numbers WHERE stack = ? AND branch = ?', stack, branch);
        if (known !== undefined && !taken.has(String(known.number))) return String(known.number);
        const next = database.get(
          'SELECT MAX(COALESCE(MAX(number), 0), ?) + 1 AS number FROM request_numbers WHERE stack = ?',
          taken.size === 0 ? 0 : BEYOND_FORGES,
          stack,
        );
        database.replace('request_numbers', { stack, branch, number: next?.number });
        return String(next?.number);
      }),
    saveRequest: (request) => {
      const { stack, number, state } = request;
      database.replace('requests', { stack, number, state, request: JSON.stringify(request) });
    },
    request: (stack, number) => select('stack = ? AND number = ?', stack, number)[0],
    requests: (stack) => select('stack = ? ORDER BY CAST(number AS INTEGER)', stack),
  };
}
