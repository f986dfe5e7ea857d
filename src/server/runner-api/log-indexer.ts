import type { LogIndex, LogSection } from '../../protocol/index.ts';
import { errorKind, isCutNotice } from '../error-line.ts';

const NEWLINE = 10;
/** Bytes of a line that are searched for marks and errors. */
const HEAD_BYTES = 4096;
const CHUNK_LINES = 200;
const CHUNK_BYTES = 64 * 1024;
const MAX_SECTIONS = 5000;

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
  #head: Buffer = Buffer.alloc(0);
  #firstError: number | undefined;
  /** The runner's line about the failure at the end, which counts only if there is no other error. */
  #lastResort: number | undefined;
  #cut: number | undefined;

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#endLine(this.#withHead(chunk.subarray(start, end)), this.size + end + 1);
      start = end + 1;
    }
    this.#head = Buffer.from(this.#withHead(chunk.subarray(start)));
    this.size += chunk.length;
  }

  index(): LogIndex {
    const isPartial = this.size > this.#lineStart;
    const lines = this.#lines + (isPartial ? 1 : 0);
    const error =
      this.#firstError ?? (isPartial && errorKind(this.#head.toString()) === 'error' ? lines : this.#lastResort);
    return {
      size: this.size,
      lines,
      checkpoints: this.size === 0 ? [[1, 0]] : this.#checkpoints.filter(([, offset]) => offset < this.size),
      sections: this.#sections.map((section) => ({ ...section })),
      firstError: error,
      cut: this.#cut,
    };
  }

  #withHead(bytes: Buffer): Buffer {
    if (this.#head.length === 0) return bytes.subarray(0, HEAD_BYTES);
    if (this.#head.length >= HEAD_BYTES) return this.#head;
    return Buffer.concat([this.#head, bytes.subarray(0, HEAD_BYTES - this.#head.length)]);
  }

  #endLine(head: Buffer, nextStart: number): void {
    this.#lines += 1;
    this.#head = Buffer.alloc(0);
    if (head.includes('section_')) this.#markSections(head.toString('latin1'));
    if (this.#firstError === undefined) this.#lookForError(head);
    if (head.includes("Job's log exceeded") && isCutNotice(head.toString())) this.#cut = this.#lines;
    this.#lineStart = nextStart;
    const [line, offset] = this.#checkpoints.at(-1) as [number, number];
    const next = this.#lines + 1;
    if (next - line >= CHUNK_LINES || nextStart - offset >= CHUNK_BYTES) this.#checkpoints.push([next, nextStart]);
  }

  #lookForError(head: Buffer): void {
    const kind = errorKind(head.toString());
    if (kind === 'error') this.#firstError = this.#lines;
    if (kind === 'summary') this.#lastResort ??= this.#lines;
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
