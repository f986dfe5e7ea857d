import { beforeEach, expect, test } from 'vitest';
import { Database, createForgeLedger } from '../../store/index.ts';
import { DeliveryBatches } from './delivery-batches.ts';

let database: Database;
let batches: DeliveryBatches;
let writes: number;
beforeEach(() => {
  database = new Database(':memory:');
  writes = 0;
  database.onWrite(() => (writes += 1));
  batches = new DeliveryBatches({ ledger: createForgeLedger(database), keepAfter: () => '' });
});

const push = (id: string) => ({ stack: 'lab', id, event: 'push', at: '2026-02-01T00:00:00.000Z' });

test('deliveries that arrive together are stored in one transaction, each once', async () => {
  const saved = ['a', 'b', 'a'].map((id) => batches.save(push(id)));
  expect(await Promise.all(saved)).toEqual([true, true, false]);
  expect(writes).toBe(1);
  expect(await batches.save(push('b'))).toBe(false);
});

test('a delivery that cannot be stored keeps none of the others from it', async () => {
  database.run(
    "CREATE TRIGGER no_b BEFORE INSERT ON deliveries WHEN NEW.id = 'b' BEGIN SELECT RAISE(ABORT, 'disk full'); END",
  );
  const saved = await Promise.allSettled(['a', 'b', 'c'].map((id) => batches.save(push(id))));
  expect(saved.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(await batches.save(push('a'))).toBe(false);
});
