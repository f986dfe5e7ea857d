import { useState } from 'preact/hooks';
import type { RunnerView } from '../../../../src/protocol/index.ts';
import { postJson } from '../../api.ts';
import { refresh } from '../../live.ts';
import { problemText } from '../../parts/problem-text.ts';
import type { RunnerTask } from './runner-dialog.tsx';

interface ButtonOptions {
  readonly runner: RunnerView;
  readonly onTask: (task: RunnerTask) => void;
}

/** What an administrator can do with a runner that the configuration does not have. */
export function RunnerButtons({ runner, onTask }: ButtonOptions) {
  const [problem, setProblem] = useState<string>();
  const { id, name, paused } = runner;
  const pause = async () => {
    try {
      await postJson(`/api/v1/runners/${id}/${paused ? 'resume' : 'pause'}`, {});
      setProblem(undefined);
      refresh();
    } catch (error) {
      setProblem(problemText(error));
    }
  };
  const button = (word: string, act: () => void) => (
    <button type="button" aria-label={`${word} ${name}`} onClick={act}>
      {word}
    </button>
  );
  return (
    <div class="actions">
      {button(paused ? 'Resume' : 'Pause', () => void pause())}
      {button('Edit', () => onTask({ kind: 'edit', runner }))}
      {button('New token', () => onTask({ kind: 'rotate', runner }))}
      {button('Remove', () => onTask({ kind: 'remove', runner }))}
      {problem !== undefined && (
        <p class="notice" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
