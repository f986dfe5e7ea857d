import { createTerminal, type Terminal } from '../../src/cli/terminal.ts';

/** A terminal that keeps what is written to it; `watched` makes it one that a person looks at. */
export function collectedTerminal(watched: boolean = false): {
  terminal: Terminal;
  stdout(): string;
  stderr(): string;
} {
  const written = { stdout: '', stderr: '' };
  const sink = (name: keyof typeof written) => ({
    isTTY: watched,
    columns: 40,
    write: (text: string | Uint8Array) => (written[name] += Buffer.from(text).toString()),
  });
  const terminal = createTerminal({ stdout: sink('stdout'), stderr: sink('stderr') }, {});
  return { terminal, stdout: () => written.stdout, stderr: () => written.stderr };
}
