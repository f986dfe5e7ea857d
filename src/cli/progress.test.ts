import { expect, test } from 'vitest';
import { collectedTerminal } from '../../test/support/collected-terminal.ts';
import { withProgress } from './progress.ts';

/** Reports progress at these seconds, and returns what the terminal showed. */
async function shown(
  steps: readonly (readonly [number, number, number?])[],
  isBytes = false,
): Promise<readonly string[]> {
  const lines: string[] = [];
  let seconds = 0;
  const terminal = { progress: (line: string) => void lines.push(line) };
  await withProgress(terminal, { title: 'Copying', isBytes, now: () => seconds * 1000 }, async (onProgress) => {
    for (const [second, done, total] of steps) {
      seconds = second;
      onProgress(done, total);
    }
  });
  return lines;
}

test('work of less than two seconds shows nothing, and the line is cleared at the end', async () => {
  expect(
    await shown([
      [0, 1, 9],
      [1.9, 5, 9],
    ]),
  ).toEqual(['']);
});

test('longer work shows rate and time left, and no more often than ten times a second', async () => {
  expect(
    await shown([
      [2, 10, 400],
      [2.05, 11, 400],
      [4, 20, 400],
    ]),
  ).toEqual(['Copying: 10 of 400, 5.0/s, 78 s left', 'Copying: 20 of 400, 5.0/s, 76 s left', '']);
  expect(await shown([[100, 1, 100]])).toEqual(['Copying: 1 of 100, 0.0/s, 2.8 h left', '']);
  expect(await shown([[4, 20]])).toEqual(['Copying: 20, 5.0/s', '']);
});

test('bytes are shown in megabytes', async () => {
  expect(await shown([[4, 20e6, 100e6]], true)).toEqual(['Copying: 20.0 of 100.0 MB, 5.0 MB/s, 16 s left', '']);
});

test('nothing is shown without a terminal and with --quiet', async () => {
  for (const isWatched of [true, false]) {
    const { terminal, stderr } = collectedTerminal(isWatched);
    if (isWatched) terminal.setVerbosity('quiet');
    let time = 0;
    await withProgress(terminal, { title: 'Copying', now: () => (time += 5000) }, async (onProgress) =>
      onProgress(1, 2),
    );
    expect(stderr()).toBe('');
  }
});
