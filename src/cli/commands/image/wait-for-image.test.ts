import { expect, test } from 'vitest';
import { collectedTerminal } from '../../../../test/support/collected-terminal.ts';
import type { Image } from '../../../oci/index.ts';
import { SlipwayError } from '../../../kit/index.ts';
import { waitForImage } from './wait-for-image.ts';

const missing = new SlipwayError('OCI_IMAGE_MISSING', { message: 'There is no image `1` in lab/stack.' });
const silent = { message: 'Registry r.example.org does not answer.' };
const unreachable = new SlipwayError('REGISTRY_UNREACHABLE', silent, { details: { retryable: true } });
const untrusted = new SlipwayError('REGISTRY_UNREACHABLE', silent, { details: { retryable: false } });
const image = {} as Image;

/** Waits for an image that each try answers so, the last one for ever; returns what came of it, and when. */
async function waitFor(answers: readonly (Error | Image)[], timeout?: number) {
  const { terminal, stderr } = collectedTerminal();
  let [time, tries] = [0, 0];
  const read = async (): Promise<Image> => {
    const answer = answers[Math.min(tries++, answers.length - 1)];
    if (answer instanceof Error) throw answer;
    return answer as Image;
  };
  const { signal } = new AbortController();
  const wait = async (milliseconds: number) => void (time += milliseconds);
  const options = { name: 'lab/stack:1', terminal, signal, timeout, now: () => time, wait };
  const outcome = await waitForImage(read, options).catch((error: unknown) => error);
  return { outcome, seconds: time / 1000, stderr: stderr() };
}

test('an image is read once it is published, and the registry may answer late', async () => {
  const { outcome, seconds, stderr } = await waitFor([unreachable, missing, unreachable, missing, image]);
  expect({ outcome, seconds }).toEqual({ outcome: image, seconds: 4 });
  expect(stderr).toBe('Waiting until lab/stack:1 is published. Ctrl-C stops waiting.\n');
});

test('a registry that does not answer is given up after a minute, an image after an hour', async () => {
  expect(await waitFor([unreachable])).toMatchObject({ seconds: 60 });
  expect(await waitFor([...Array.from({ length: 50 }, () => missing), unreachable])).toMatchObject({ seconds: 109 });
  const { outcome, seconds } = await waitFor([missing]);
  expect(seconds).toBe(3600);
  expect(outcome).toMatchObject({
    code: 'CLI_IMAGE_NOT_PUBLISHED',
    message: 'Image lab/stack:1 was not published within 60 min: There is no image `1` in lab/stack.',
    hint: 'Check with `slipway status` how far its pipeline is, or wait longer with `--timeout`.',
  });
});

test('--timeout limits both', async () => {
  expect(await waitFor([unreachable], 90.5)).toMatchObject({ seconds: 90.5 });
  expect(await waitFor([missing], 0)).toMatchObject({ seconds: 0, outcome: { code: 'CLI_IMAGE_NOT_PUBLISHED' } });
  expect(await waitFor([missing, image], 1)).toMatchObject({ outcome: image });
});

test('what waiting cannot change fails at once', async () => {
  expect(await waitFor([untrusted])).toMatchObject({ outcome: untrusted, seconds: 0, stderr: '' });
});
