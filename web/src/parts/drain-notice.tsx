import type { DrainView } from '../../../src/protocol/index.ts';
import { Ago } from './times.tsx';

/** Reports that the server assigns no more jobs, and what it waits for before it stops. */
export function DrainNotice({ drain: { since, jobs } }: { drain: DrainView }) {
  return (
    <p class="notice mild" role="status">
      The server is draining: it assigns no more jobs, and stops when{' '}
      {jobs === 1 ? 'the running job has' : `the ${jobs} running jobs have`} ended (since <Ago at={since} />
      ).
    </p>
  );
}
