import type { LogIndex, LogSection } from '../../protocol/index.ts';
import { FailureScan } from '../../report/index.ts';

/** Bytes of a line that are searched for marks and errors. */
const HEAD_BYTES = 4096;
// oxlint-disable-next-line no-control-regex
const NOT_ASCII = /[^\u0000-\u007F]/;
const CHUNK_LINES = 200;
const CHUNK_BYTES = 64 * 1024;
const MAX_SECTIONS = 5000;
/** The runner's notice that it cut the log there; `gitlab-runner` has the same words. */
// oxlint-disable-next-line no-control-regex
const CUT = /^(?:\u001B\[[0-9;]*m)*Job's log exceeded limit of \d+ bytes\.(?:\u001B\[[0-9;]*m|\s)*$/;

/** Finds the beginnings of lines and sections, piece by piece. Memory grows with the lines, not with their length. */
export class LogIndexer {
  /** Bytes seen. */
  size = 0;
  readonly #checkpoints: [number, number][] = [[1, 0]];
  readonly #sections: LogSection[] = [];
  readonly #open = new Map<string, { index: number; at: number }>();
  /** Complete lines so far. */
  #lines = 0;
  #lineStart = 0;
  /** Of the line that has not ended: its beginning, a character for each byte. */
  #head = '';
  readonly #failure = new FailureScan();
  #cut: number | undefined;

  push(chunk: Buffer): void {
    const lines = chunk.toString('latin1').split('\n');
    const rest = lines.pop() ?? '';
    let end = this.size;
    for (const line of lines) {
      end += line.length + 1;
      this.#endLine(this.#withHead(line), end);
    }
    this.#head = this.#withHead(rest);
    this.size += chunk.length;
  }

  index(): LogIndex {
    const isPartial = this.size > this.#lineStart;
    return {
      size: this.size,
      lines: this.#lines + (isPartial ? 1 : 0),
      checkpoints: this.size === 0 ? [[1, 0]] : this.#checkpoints.filter(([, offset]) => offset < this.size),
      sections: this.#sections.map((section) => ({ ...section })),
      ...this.#errors(),
      cut: this.#cut,
    };
  }

  #errors(): Pick<LogIndex, 'firstError' | 'lastError'> {
    const firstError = this.#failure.finish()?.context.line;
    return firstError === undefined ? {} : { firstError, lastError: Math.max(firstError, this.#failure.lastError) };
  }

  #withHead(line: string): string {
    return (this.#head + line).slice(0, HEAD_BYTES);
  }

  #endLine(head: string, nextStart: number): void {
    this.#lines += 1;
    this.#head = '';
    if (head.includes('section_')) this.#markSections(head);
    const text = NOT_ASCII.test(head) ? Buffer.from(head, 'latin1').toString() : head;
    this.#failure.add(text);
    if (head.includes("Job's log exceeded") && CUT.test(head)) this.#cut = this.#lines;
    this.#lineStart = nextStart;
    const [line, offset] = this.#checkpoints.at(-1) as [number, number];
    const next = this.#lines + 1;
    if (next - line >= CHUNK_LINES || nextStart - offset >= CHUNK_BYTES) this.#checkpoints.push([next, nextStart]);
  }

  /** GitLab, "Custom collapsible sections". One line may end a section and begin the next. */
  #markSections(text: string): void {
    for (const match of text.matchAll(/section_(start|end):(\d{1,15}):([\w.-]{1,200})(\[[^\]\r]*\])?\r/g)) {
      const [, kind, seconds, name = '', options = ''] = match;
      if (kind === 'start')
        this.#openSection(name, { at: Number(seconds), collapsed: options.includes('collapsed=true') });
      else this.#closeSection(name, Number(seconds));
    }
  }

  #openSection(name: string, { at, collapsed }: { at: number; collapsed: boolean }): void {
    if (this.#sections.length >= MAX_SECTIONS) return;
    this.#open.set(name, { index: this.#sections.length, at });
    this.#sections.push({ name, first: this.#lines, collapsed });
  }

  #closeSection(name: string, at: number): void {
    const opened = this.#open.get(name);
    const section = opened === undefined ? undefined : this.#sections[opened.index];
    if (opened === undefined || section === undefined) return;
    this.#open.delete(name);
    // The line with the end mark belongs to what comes after it.
    this.#sections[opened.index] = {
      ...section,
      last: Math.max(section.first, this.#lines - 1),
      seconds: Math.max(0, at - opened.at),
    };
  }
}
