import { useEffect, useRef, useState } from 'preact/hooks';
import { shownLine } from '../../../src/protocol/shown-line.ts';
import { getLogBytes } from '../api.ts';
import type { LogLine } from './log-lines.ts';

const PIECE = 64 * 1024;

/** A line that is too long for the list, wrapped; a button shows more of it. */
export function LongLine({ job, line, number, close }: { job: string; line: LogLine; number: number; close(): void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [shown, setShown] = useState(PIECE);
  const [text, setText] = useState('');
  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    let isStale = false;
    void readText(job, line, shown).then((read) => {
      if (!isStale) setText(read);
    });
    return () => {
      isStale = true;
    };
  }, [shown]);
  return (
    <dialog ref={dialog} class="long-line" onClose={close} aria-label={`Line ${number}`}>
      <header class="head">
        <h2>Line {number}</h2>
        <span class="faint number">
          {Math.min(shown, line.length).toLocaleString()} of {line.length.toLocaleString()} bytes
        </span>
        <button type="button" onClick={() => dialog.current?.close()}>
          close
        </button>
      </header>
      <pre tabIndex={0}>{text}</pre>
      {shown < line.length && (
        <button type="button" onClick={() => setShown(shown + PIECE)}>
          show 64 KiB more
        </button>
      )}
    </dialog>
  );
}

async function readText(job: string, line: LogLine, shown: number): Promise<string> {
  const bytes = await getLogBytes(job, line.start, line.start + Math.min(shown, line.length) - 1);
  return shownLine(new TextDecoder().decode(bytes));
}
