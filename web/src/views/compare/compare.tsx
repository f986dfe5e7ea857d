import type { ComparedLock, LockComparison, StackView } from '../../../../src/protocol/index.ts';
import { shortSha } from '../../format.ts';
import { Crumbs, Empty, Facts, Section, Waiting, useTitle } from '../../parts/page-parts.tsx';
import { Ago } from '../../parts/times.tsx';
import { useQuery } from '../../query-state.ts';
import { useResource } from '../../resource.ts';
import { linkTo } from '../../router.ts';
import { DifferenceList } from './difference-list.tsx';
import { ComparePickers } from './pickers.tsx';
import '../../style/compare.css';

/** What differs between two commits, branches, pull requests, pipelines, images or locks of a stack. */
export function ComparePage({ stack }: { stack: string }) {
  const [from] = useQuery('from', '');
  const [to] = useQuery('to', '');
  const own = useResource<StackView>(`/stacks/${encodeURIComponent(stack)}`).data;
  useTitle(from === '' || to === '' ? `Compare · ${stack}` : `${from} and ${to} · ${stack}`);
  return (
    <>
      <Crumbs steps={[['Stacks', '/'], [stack, linkTo.stack(stack)], ['Compare']]} />
      <header class="head">
        <h1>Compare</h1>
      </header>
      <ComparePickers key={`${from} ${to}`} stack={own} from={from} to={to} />
      {from === '' || to === '' ? (
        <Empty>
          Choose two sides: a branch, tag or commit with a pipeline, a pull request, a pipeline or an image.
        </Empty>
      ) : (
        <Compared stack={stack} from={from} to={to} />
      )}
    </>
  );
}

function Compared({ stack, from, to }: { stack: string; from: string; to: string }) {
  const query = new URLSearchParams({ from, to }).toString();
  const { data, failure } = useResource<LockComparison>(`/stacks/${encodeURIComponent(stack)}/compare?${query}`);
  if (data === undefined) return <Waiting failure={failure} />;
  const { headline, words, roots } = data;
  return (
    <>
      <div class="compared-sides">
        <Side word="from" side={data.from} />
        <Side word="to" side={data.to} />
      </div>
      <Section id="difference" title={headline}>
        {words.facts.length > 0 && <p class="faint">{words.facts.join(' ')}</p>}
        {words.causes.length > 0 && (
          <details open={words.causes.length <= 10}>
            <summary>Causes ({words.causes.length})</summary>
            <ul class="compared-causes">
              {words.causes.slice(0, 200).map((cause) => (
                <li key={cause}>{cause}</li>
              ))}
            </ul>
          </details>
        )}
        <Roots word="Specs only in the second" specs={roots.added} />
        <Roots word="Specs only in the first" specs={roots.removed} />
      </Section>
      <DifferenceList comparison={data} stack={stack} />
    </>
  );
}

function Side({ word, side }: { word: string; side: ComparedLock }) {
  const { name, pipeline, ref, head, locks, packages, createdAt } = side;
  return (
    <section aria-labelledby={`side-${word}`}>
      <h2 id={`side-${word}`}>
        {word} <code>{name}</code>
      </h2>
      <Facts
        facts={[
          ['pipeline', <a href={linkTo.pipeline(pipeline)}>{pipeline}</a>],
          ['ref', ref !== name && ref],
          ['commit', <code title={head}>{shortSha(head)}</code>],
          ['lock', <code title={locks.join(' ')}>{locks.map((digest) => digest.slice(0, 12)).join(' ')}</code>],
          ['packages', String(packages)],
          ['started', <Ago at={createdAt} />],
        ]}
      />
    </section>
  );
}

function Roots({ word, specs }: { word: string; specs: readonly string[] }) {
  if (specs.length === 0) return null;
  return (
    <p>
      {word}: <code>{specs.join(', ')}</code>
    </p>
  );
}
