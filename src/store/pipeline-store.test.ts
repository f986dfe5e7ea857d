import { describe } from 'vitest';
import { pipelineStoreContract } from '../../test/support/pipeline-store-contract.ts';
import { Database } from './database.ts';
import { createPipelineLedger } from './pipeline-ledger.ts';

describe('the store in SQLite', () => {
  pipelineStoreContract(() => {
    const store = createPipelineLedger(new Database(':memory:'));
    return {
      store,
      addArchive: ({ id: job }) => store.addArtifact({ job, type: 'archive', format: 'zip', file: 'x.zip', size: 1 }),
    };
  });
});
