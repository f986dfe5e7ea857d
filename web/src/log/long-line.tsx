import { useEffect, useRef, useState } from 'preact/hooks';
import { getLogBytes } from '../api.ts';
import { readAnsi } from './ansi.ts';
import { plainLine, type LogLine } from './log-lines.ts';

const PIECE = 64 * 1024;

/** One line that is too long for the list, wrapped, and as much of it as is asked for. */
export function LongLine({ job, line, number, close }: { job: string; line: LogLine; number: number; close(): void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [wanted, setWanted] = useState(PIECE);
  const [text, setText] = useState('');
  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    let isStale = false;
    void readText(job, line, wanted).then((read) => {
      if (!isStale) setText(read);
    });
    return () => {
      isStale = true;
    };
  }, [wanted]);
  return (
    <dialog ref={dialog} class="long-line" onClose={close} aria-label={`Line ${number}`}>
      <header class="head">
        <h2>Line {number}</h2>
        <span class="faint number">
          {Math.min(wanted, line.length).toLocaleString()} of {line.length.toLocaleString()} bytes
        </span>
        <button type="button" onClick={() => dialog.current?.close()}>
          close
        </button>
      </header>
      <pre tabIndex={0}>{text}</pre>
      {wanted < line.length && (
        <button type="button" onClick={() => setWanted(wanted + PIECE)}>
          show 64 KiB more
        </button>
      )}
    </dialog>
  );
}

async function readText(job: string, line: LogLine, wanted: number): Promise<string> {
  const bytes = await getLogBytes(job, line.start, line.start + Math.min(wanted, line.length) - 1);
  const { spans } = readAnsi(plainLine(new TextDecoder().decode(bytes)).text);
  return spans.map(({ text }) => text).join('');
}
