import { describe } from 'vitest';
import { pipelineStoreContract } from '../../test/support/pipeline-store-contract.ts';
import { MemoryStore } from './memory-store.ts';

describe('the store in memory', () => {
  pipelineStoreContract(() => {
    const store = new MemoryStore(() => {});
    const addArchive = (run: Parameters<MemoryStore['setOutput']>[0]['run']) =>
      store.setOutput({ run, archive: {}, hasDotenv: false, isExpired: false });
    return { store, addArchive };
  });
});
