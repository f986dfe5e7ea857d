import { useState } from 'preact/hooks';
import type { CreatedRunner, RunnerView } from '../../../../src/protocol/index.ts';
import { postJson, putJson } from '../../api.ts';
import { refresh } from '../../live.ts';
import { Dialog, DialogForm } from '../../parts/dialog.tsx';
import { Copyable } from '../../parts/page-parts.tsx';
import { problemText } from '../../parts/problem-text.ts';
import { RunnerFields, describedRunner } from './runner-fields.tsx';

/** What an administrator does with a runner. */
export type RunnerTask =
  | { readonly kind: 'create' }
  | { readonly kind: 'edit' | 'rotate' | 'remove'; readonly runner: RunnerView }
  | { readonly kind: 'token'; readonly created: CreatedRunner };

interface TaskOptions<Task> {
  readonly task: Task;
  /** Shows the dialog of the next task; undefined: none. */
  readonly onNext: (task: RunnerTask | undefined) => void;
}

/** The dialog in which an administrator does something with a runner. */
export function RunnerDialog({ task, onNext }: TaskOptions<RunnerTask>) {
  if (task.kind === 'token') return <NewToken created={task.created} onClose={() => onNext(undefined)} />;
  return <TaskForm task={task} onNext={onNext} />;
}

type FormTask = Exclude<RunnerTask, { readonly kind: 'token' }>;

const words = { create: 'Create', edit: 'Save', rotate: 'Create a new token', remove: 'Remove' } as const;

function TaskForm({ task, onNext }: TaskOptions<FormTask>) {
  const [problem, setProblem] = useState<string>();
  const send = async (form: FormData) => {
    try {
      const created = await carryOut(task, form);
      onNext(created && { kind: 'token', created });
      refresh();
    } catch (error) {
      setProblem(problemText(error));
    }
  };
  const standard = { problem, word: words[task.kind], onSend: (form: FormData) => void send(form) };
  return (
    <DialogForm title={titleOf(task)} {...standard} onClose={() => onNext(undefined)}>
      <TaskFields task={task} />
    </DialogForm>
  );
}

function titleOf(task: FormTask): string {
  if (task.kind === 'create') return 'Create a runner';
  const { name } = task.runner;
  return task.kind === 'edit' ? `Edit ${name}` : task.kind === 'rotate' ? `New token for ${name}` : `Remove ${name}`;
}

function TaskFields({ task }: { task: FormTask }) {
  if (task.kind === 'create') return <RunnerFields runner={undefined} />;
  if (task.kind === 'edit') return <RunnerFields runner={task.runner} />;
  if (task.kind === 'remove')
    return <p>Its token is refused from now on, and no other runner can have its name. Jobs that it has may end.</p>;
  return (
    <>
      <p>The old token counts for another hour, so that its machines can be given the new one.</p>
      <label>
        <input type="checkbox" name="now" />
        Refuse the old token at once
      </label>
    </>
  );
}

/** Returns a runner with a new token, if the task creates one. */
async function carryOut(task: FormTask, form: FormData): Promise<CreatedRunner | undefined> {
  const runners = '/api/v1/runners';
  if (task.kind === 'create') {
    const given = Object.entries(describedRunner(form)).filter(([, value]) => value !== null);
    return postJson<CreatedRunner>(runners, { name: form.get('name'), ...Object.fromEntries(given) });
  }
  const own = `${runners}/${task.runner.id}`;
  if (task.kind === 'rotate') return postJson<CreatedRunner>(`${own}/rotate`, { now: form.has('now') });
  if (task.kind === 'edit') await putJson(own, describedRunner(form));
  else await postJson(`${own}/remove`, {});
  return undefined;
}

function NewToken({ created, onClose }: { created: CreatedRunner; onClose: () => void }) {
  const { name, token } = created;
  const register = `gitlab-runner register --non-interactive --url ${location.origin} --token ${token}`;
  return (
    <Dialog title={`Token of ${name}`} onClose={onClose}>
      <p>Copy it now: it is not shown again.</p>
      <Copyable text={token} label="the token" />
      <p>Register gitlab-runner with it, on its machine, and add its executor:</p>
      <Copyable text={register} label="the command" />
      <p>
        Or save it in a file, and run <code>slipway runner run --url {location.origin} --token-file FILE</code> there.
      </p>
      <p class="dialog-end">
        <button type="button" onClick={onClose}>
          Close
        </button>
      </p>
    </Dialog>
  );
}
