import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import '../style/dialog.css';

interface DialogOptions {
  readonly title: string;
  /** Called when a person closes it; its owner removes it then. */
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** A modal dialog. Escape closes it, and the focus returns to what opened it. */
export function Dialog({ title, onClose, children }: DialogOptions) {
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const dialog = element.current;
    const opener = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);
  return (
    <dialog
      ref={element}
      class="dialog"
      aria-labelledby={heading}
      onClose={({ currentTarget }) => currentTarget.isConnected && onClose()}
    >
      <h2 id={heading}>{title}</h2>
      {children}
    </dialog>
  );
}

interface DialogFormOptions extends DialogOptions {
  /** The text of the button that sends the form. */
  readonly word: string;
  /** Shown beside the buttons. */
  readonly problem: string | undefined;
  readonly onSend: (form: FormData) => void;
}

/** A dialog with a form, a button that sends it, and one that discards it. */
export function DialogForm({ word, problem, onSend, children, ...dialog }: DialogFormOptions) {
  const send = (event: SubmitEvent & { readonly currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    onSend(new FormData(event.currentTarget));
  };
  return (
    <Dialog {...dialog}>
      <form onSubmit={send}>
        {children}
        {problem !== undefined && (
          <p class="notice" role="alert">
            {problem}
          </p>
        )}
        <p class="dialog-end">
          <button type="submit">{word}</button>
          <button type="button" class="plain" onClick={dialog.onClose}>
            discard
          </button>
        </p>
      </form>
    </Dialog>
  );
}
