import type { Delivery, ForgeLedger } from '../../coordinator/index.ts';

type StackDelivery = Delivery & { readonly stack: string; readonly at: string };

interface Waiting {
  readonly delivery: StackDelivery;
  readonly resolve: (isNew: boolean) => void;
  readonly reject: (error: unknown) => void;
}

interface BatchParts {
  readonly ledger: Pick<ForgeLedger, 'saveDeliveries'>;
  /** Deliveries from before this time are forgotten. */
  readonly keepAfter: () => string;
}

/**
 * Stores deliveries of webhooks. Those that arrive at the same time are stored in one transaction, since each
 * transaction waits for the disk, and the whole server with it. One that cannot be stored is rejected alone.
 */
export class DeliveryBatches {
  readonly #parts: BatchParts;
  #waiting: Waiting[] = [];

  constructor(parts: BatchParts) {
    this.#parts = parts;
  }

  /** Resolves once the delivery is stored; with false if it was stored before. */
  save(delivery: StackDelivery): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ delivery, resolve, reject });
      if (this.#waiting.length === 1) setImmediate(() => this.#store(this.#waiting.splice(0)));
    });
  }

  #store(batch: readonly Waiting[]): void {
    const { ledger, keepAfter } = this.#parts;
    try {
      const deliveries = batch.map(({ delivery }) => delivery);
      const areNew = ledger.saveDeliveries(deliveries, keepAfter());
      for (const [index, { resolve }] of batch.entries()) resolve(areNew[index] === true);
    } catch (error) {
      if (batch.length > 1) for (const one of batch) this.#store([one]);
      else batch[0]?.reject(error);
    }
  }
}
