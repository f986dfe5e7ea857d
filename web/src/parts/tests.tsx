import type { JobDetail } from '../../../src/protocol/index.ts';

type Counted = NonNullable<JobDetail['tests']>;

/** Returns the number of tests of a job by result. */
export function testsText({ total, failed, errored, skipped }: Counted): string {
  const bad = failed + errored;
  const counts = [bad > 0 ? `${bad} of ${total} failed` : `${total - skipped} passed`];
  return [...counts, ...(skipped > 0 ? [`${skipped} skipped`] : [])].join(', ');
}

/** The failed tests with their messages. */
export function FailedTests({ tests }: { tests: Counted }) {
  if (tests.failures.length === 0) return null;
  const bad = tests.failed + tests.errored;
  return (
    <details class="notice failed-tests">
      <summary>{bad === 1 ? 'One test failed' : `${bad} tests failed`}</summary>
      <ul>
        {tests.failures.map(({ suite, name, message }) => (
          <li key={`${suite} ${name}`}>
            <strong>{name}</strong> {suite !== '' && <span class="faint">{suite}</span>}
            {message !== '' && <pre>{message}</pre>}
          </li>
        ))}
      </ul>
      {bad > tests.failures.length && <p>… and {bad - tests.failures.length} more</p>}
    </details>
  );
}
