import { describe, expect, test } from 'vitest';
import { formatReference, parseReference, withDefaultRegistry } from './reference.ts';

const digest = `sha256:${'a1'.repeat(32)}`;

describe('an image reference', () => {
  test.each([
    ['first-light', { repository: 'first-light' }],
    ['lab/stack:rev-1', { repository: 'lab/stack', tag: 'rev-1' }],
    ['localhost/stack', { registry: 'localhost', repository: 'stack' }],
    ['localhost:5000/a/b:tag', { registry: 'localhost:5000', repository: 'a/b', tag: 'tag' }],
    [`ghcr.io/lab/stack:1@${digest}`, { registry: 'ghcr.io', repository: 'lab/stack', tag: '1', digest }],
    ['[::1]:5000/stack', { registry: '[::1]:5000', repository: 'stack' }],
    ['debian:13-slim', { repository: 'debian', tag: '13-slim' }],
  ])('%s is read, and printed the same', (text, expected) => {
    expect(parseReference(text)).toEqual(expected);
    expect(formatReference(parseReference(text))).toBe(text);
  });

  test.each([
    '',
    'Lab/stack',
    'a//b',
    'lab/stack:',
    'lab/stack:-x',
    'lab/stack@sha256:12',
    'https://ghcr.io/lab/stack',
    '../etc',
    'a/../b',
    'ghcr.io/',
  ])('%j is refused', (text) => {
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: 'OCI_REFERENCE_INVALID' }));
  });

  test('without a registry means Docker Hub, and its library for a single word', () => {
    expect(withDefaultRegistry(parseReference('debian'))).toMatchObject({
      registry: 'docker.io',
      repository: 'library/debian',
    });
    expect(withDefaultRegistry(parseReference('lab/stack'))).toMatchObject({
      registry: 'docker.io',
      repository: 'lab/stack',
    });
    expect(withDefaultRegistry(parseReference('quay.io/x'))).toMatchObject({ registry: 'quay.io', repository: 'x' });
  });
});
