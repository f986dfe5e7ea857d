import type { PipelineChange } from '../../../../src/protocol/index.ts';
import { linkTo } from '../../router.ts';
import { Section } from '../page-parts.tsx';
import { CauseTree } from './cause-tree-view.tsx';
import '../../style/change.css';

interface ChangeSectionOptions {
  readonly change: PipelineChange;
  readonly stack: string;
  /** Number of the pull request. */
  readonly request?: string;
}

/** What the change of a pipeline does, in the words of the server; nothing for a pipeline without packages. */
export function ChangeSection({ change, stack, request }: ChangeSectionOptions) {
  const { counts, headline, words, previews, against, pipeline } = change;
  if (counts.total + counts.build === 0) return null;
  return (
    <Section class="change" id="change" title={headline}>
      {words.progress !== undefined && <p>{words.progress}</p>}
      <ul class="change-facts">
        {words.facts.map((fact) => (
          <li key={fact}>{fact}</li>
        ))}
        {previews.map(({ page }, index) => (
          <li key={page}>
            <a href={`/${page}`}>{words.previews[index]}</a>
          </li>
        ))}
        {request !== undefined && (
          <li>
            <a href={linkTo.packages(stack, request)}>Packages of this pull request</a>
          </li>
        )}
        {against?.pipeline !== undefined && (
          <li>
            <a href={linkTo.compare(stack, `pipeline:${against.pipeline}`, `pipeline:${pipeline}`)}>
              Compare with {against.name}
            </a>
          </li>
        )}
      </ul>
      {words.causesHead !== undefined && <p>{words.causesHead}</p>}
      <CauseTree change={change} stack={stack} request={request} />
    </Section>
  );
}
