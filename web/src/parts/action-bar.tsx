import { useState } from 'preact/hooks';
import type { JobView, PipelineDetail, PipelineView } from '../../../src/protocol/index.ts';
import { allJobs } from '../graph/graph-layout.ts';
import { ApiFailure, postAction, type ActionAnswer } from '../api.ts';
import { loadSession, mayAct, sessionLoaded, signInWithToken } from '../session.ts';
import { problemText } from './problem-text.ts';
import { ProviderLinks, TokenField } from './account.tsx';
import '../style/actions.css';

/** A request to the server that a person can make. */
export interface Action {
  readonly word: 'Retry' | 'Retry failed' | 'Play' | 'Cancel' | 'Approve' | 'Run';
  /** Its object, for screen readers. */
  readonly to: string;
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** Whether it can have variables. */
  readonly takesVariables?: true;
}

const ended = new Set(['success', 'failed', 'canceled', 'skipped']);
const failedAll = new Set(['failed', 'canceled']);
const waitsForPerson = new Set(['manual', 'scheduled']);

export function actionsOfJob({ id, pipeline, name, status }: JobView): readonly Action[] {
  const by = (action: string) =>
    id === ''
      ? { path: `/pipelines/${pipeline}/jobs/${action}`, body: { name }, to: name }
      : { path: `/jobs/${id}/${action}`, to: name };
  if (ended.has(status)) return status === 'skipped' ? [] : [{ word: 'Retry', ...by('retry') }];
  const cancel = status === 'canceling' ? [] : [{ word: 'Cancel', ...by('cancel') } as const];
  return waitsForPerson.has(status) ? [{ word: 'Play', ...by('play'), takesVariables: true }, ...cancel] : cancel;
}

export function actionsOfPipeline(detail: PipelineDetail): readonly Action[] {
  return actionsOn(
    detail,
    allJobs(detail).some((job) => job.status === 'failed' || job.status === 'canceled'),
  );
}

/** What can be done with a pipeline of which the jobs are not known, or whether some have failed. */
export function actionsOn({ id, status }: PipelineView, hasFailed = failedAll.has(status)): readonly Action[] {
  const to = `pipeline ${id}`;
  const retry = hasFailed ? [{ word: 'Retry failed', to, path: `/pipelines/${id}/retry` } as const] : [];
  return ended.has(status) ? retry : [...retry, { word: 'Cancel', to, path: `/pipelines/${id}/cancel` }];
}

/** Buttons for actions. They ask for an access token where one is needed. */
export function ActionBar(options: { actions: readonly Action[]; onDone?: (answer: ActionAnswer) => void }) {
  const { actions, onDone } = options;
  const [pending, setPending] = useState<Action>();
  const [problem, setProblem] = useState<string>();
  const perform = async (action: Action, { variables = {}, token }: Answer = {}) => {
    setProblem(undefined);
    try {
      if (token !== undefined) await signInWithToken(token);
      const answer = await postAction(action.path, action.takesVariables ? { ...action.body, variables } : action.body);
      setPending(undefined);
      onDone?.(answer);
    } catch (error) {
      setProblem(problemText(error));
      // An open form stays, with its input.
      if (!isSignInNeeded(error)) return;
      await loadSession().catch(() => undefined);
      setPending(action);
    }
  };
  const begin = async (action: Action) => {
    await sessionLoaded();
    if (mayAct() && action.takesVariables !== true) void perform(action);
    else setPending(action);
  };
  return (
    <div class="actions">
      {actions.map((action) => (
        <button
          key={action.word}
          type="button"
          aria-label={`${action.word} ${action.to}`}
          onClick={() => void begin(action)}
        >
          {action.word}
        </button>
      ))}
      {pending !== undefined && (
        <Question
          key={pending.path}
          action={pending}
          onAnswer={(answer) => void perform(pending, answer)}
          onLeave={() => setPending(undefined)}
        />
      )}
      {problem !== undefined && (
        <p class="notice" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

/** What a person has entered. */
interface Answer {
  readonly variables?: Readonly<Record<string, string>>;
  /** Absent where none is needed. */
  readonly token?: string;
}

interface QuestionOptions {
  readonly action: Action;
  readonly onAnswer: (answer: Answer) => void;
  readonly onLeave: () => void;
}

function Question({ action, onAnswer, onLeave }: QuestionOptions) {
  const [token, setToken] = useState('');
  const [lines, setLines] = useState('');
  const needsToken = !mayAct();
  const answer = (event: Event) => {
    event.preventDefault();
    onAnswer({ variables: readVariables(lines), token: needsToken ? token : undefined });
  };
  return (
    <form class="question" onSubmit={answer}>
      {needsToken && <ProviderLinks />}
      {needsToken && <TokenField token={token} onInput={setToken} />}
      {action.takesVariables && (
        <label>
          Variables, one NAME=value per line
          <textarea rows={2} value={lines} onInput={(event) => setLines(event.currentTarget.value)} />
        </label>
      )}
      <button type="submit">
        {action.word} {action.to}
      </button>
      <button type="button" class="plain" onClick={onLeave}>
        discard
      </button>
    </form>
  );
}

function readVariables(lines: string): Readonly<Record<string, string>> {
  const pairs = lines
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => [line.split('=', 1)[0]?.trim() ?? '', line.slice(line.indexOf('=') + 1)] as const);
  return Object.fromEntries(pairs);
}

function isSignInNeeded(error: unknown): boolean {
  return error instanceof ApiFailure && error.status === 401;
}
