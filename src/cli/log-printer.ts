import { withoutColors } from '../kit/index.ts';
import type { Terminal } from './terminal.ts';

/** Everything that a log could do to a terminal besides writing and colouring text. */
const HARMFUL =
  // oxlint-disable-next-line no-control-regex
  /\u001B\[[0-9;:?]*[@-ln-~]|\u001B\][^\u0007\u001B]*(?:\u0007|\u001B\\|$)|\u001B(?!\[[0-9;:]*m)[@-Z\\-_]?|[\u0000-\u0008\u000B-\u001A\u001C-\u001F\u007F-\u009F]/g;
const MARKS = /section_(?:start|end):\d{1,15}:[\w.-]{1,200}(?:\[[^\]\r]*\])?\r/g;

/**
 * Prints a log's bytes line by line. Colours stay where the terminal has them; titles, cursors and clipboards are left
 * alone.
 */
export class LogPrinter {
  readonly #terminal: Terminal;
  readonly #decoder = new TextDecoder();
  #rest = '';

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  write(bytes: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split('\n');
    this.#rest = lines.pop() as string;
    for (const line of lines) this.#print(line);
  }

  end(): void {
    if (this.#rest !== '') this.#print(this.#rest);
    this.#rest = '';
  }

  #print(line: string): void {
    const own = line.replace(MARKS, '').replace(/\r+$/, '');
    const text = own.slice(own.lastIndexOf('\r') + 1).replace(HARMFUL, '');
    this.#terminal.data(this.#terminal.colors.isColorSupported ? text : withoutColors(text));
  }
}
