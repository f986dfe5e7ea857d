import type { JobDetail, TestCase, TestList } from '../../../../src/protocol/index.ts';
import { formatDuration } from '../../format.ts';
import { Empty, Waiting } from '../../parts/page-parts.tsx';
import { Switch } from '../../parts/switch.tsx';
import { useChoice, useQuery } from '../../query-state.ts';
import { useResource } from '../../resource.ts';
import { useSettled } from '../../use-settled.ts';
import '../../style/search.css';

const PAGE = 100;

/** The test cases of a job with their output: the failed ones, or all. */
export function JobTests({ job, tests }: { job: string; tests: JobDetail['tests'] }) {
  const bad = (tests?.failed ?? 0) + (tests?.errored ?? 0);
  const [status, setStatus] = useChoice('status', {
    choices: ['failed', 'all'],
    standard: bad > 0 ? 'failed' : 'all',
  });
  const [text, setText] = useQuery('q', '');
  const [page, setPage] = useQuery('page', '1');
  const first = (Math.max(1, Math.trunc(Number(page)) || 1) - 1) * PAGE;
  const query = new URLSearchParams({ status, q: useSettled(text), offset: String(first), limit: String(PAGE) });
  const { data, failure } = useResource<TestList>(`/jobs/${job}/tests?${query.toString()}`);
  if (tests === undefined)
    return (
      <Empty>
        The job left no JUnit report. <code>artifacts:reports:junit</code> names one.
      </Empty>
    );
  return (
    <section class="tests" aria-label="Tests">
      <form class="search" role="search" onSubmit={(event) => event.preventDefault()}>
        <input
          type="search"
          aria-label="Search the tests"
          placeholder="Name or suite"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <Switch
          label="Which tests"
          choices={['failed', 'all']}
          chosen={status}
          onChoose={setStatus}
          text={(one) => `${one} ${one === 'failed' ? bad : tests.total}`}
        />
      </form>
      {data === undefined ? <Waiting failure={failure} /> : <Cases list={data} first={first} setPage={setPage} />}
    </section>
  );
}

interface CasesOptions {
  readonly list: TestList;
  readonly first: number;
  readonly setPage: (page: string) => void;
}

function Cases({ list: { cases, total, omitted }, first, setPage }: CasesOptions) {
  const page = first / PAGE + 1;
  if (total === 0) return <Empty>No test matches.</Empty>;
  return (
    <>
      <ul class="cases">
        {cases.map((one, index) => (
          <Case key={first + index} one={one} />
        ))}
      </ul>
      {total > PAGE && (
        <nav class="pager" aria-label="Pages of tests">
          <button type="button" disabled={page === 1} onClick={() => setPage(String(page - 1))}>
            previous
          </button>
          <span class="number">
            {first + 1} to {first + cases.length} of {total.toLocaleString()}
          </span>
          <button type="button" disabled={first + PAGE >= total} onClick={() => setPage(String(page + 1))}>
            next
          </button>
        </nav>
      )}
      {omitted > 0 && <p class="faint">{omitted.toLocaleString()} more tests were too many to be kept.</p>}
    </>
  );
}

const words = { passed: 'passed', failed: 'failed', errored: 'error', skipped: 'skipped' } as const;

function Case({ one: { suite, name, status, seconds, message, output } }: { one: TestCase }) {
  const title = (
    <>
      <span class={`case-status ${status}`}>{words[status]}</span> <strong>{name}</strong>{' '}
      {suite !== '' && <span class="faint">{suite}</span>}{' '}
      {seconds !== undefined && <span class="faint number">{formatDuration(seconds * 1000)}</span>}
      {message !== undefined && message !== '' && <span class="case-message">{message}</span>}
    </>
  );
  if (output === undefined) return <li>{title}</li>;
  return (
    <li>
      <details open={status === 'failed' || status === 'errored'}>
        <summary>{title}</summary>
        <pre tabIndex={0} aria-label={`Output of ${name}`}>
          {output}
        </pre>
      </details>
    </li>
  );
}
