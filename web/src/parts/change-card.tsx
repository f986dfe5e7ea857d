import type { PipelineChange } from '../../../src/protocol/index.ts';
import { Section } from './page-parts.tsx';
import '../style/change-card.css';

/** Causes that are not folded. */
const CAUSES = 10;

/** What a change does, in the words of the server; nothing for a pipeline without packages. */
export function ChangeCard({ change }: { change: PipelineChange }) {
  const { counts, headline, words, previews } = change;
  if (counts.total + counts.build === 0) return null;
  const { progress, causesHead, causes, facts } = words;
  return (
    <Section class="change" id="change" title={headline}>
      {progress !== undefined && <p>{progress}</p>}
      {previews.map(({ page }, index) => (
        <p key={page}>
          <a href={`/${page}`}>{words.previews[index]}</a>
        </p>
      ))}
      {causesHead !== undefined && <p>{causesHead}</p>}
      <Causes causes={causes.slice(0, CAUSES)} />
      {causes.length > CAUSES && (
        <details>
          <summary>{causes.length - CAUSES} more</summary>
          <Causes causes={causes.slice(CAUSES)} />
        </details>
      )}
      {facts.length > 0 && <p class="faint">{facts.join(' ')}</p>}
    </Section>
  );
}

function Causes({ causes }: { causes: readonly string[] }) {
  if (causes.length === 0) return null;
  return (
    <ul>
      {causes.map((cause) => (
        <li key={cause}>{cause}</li>
      ))}
    </ul>
  );
}
