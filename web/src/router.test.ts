import { expect, test } from 'vitest';
import { matchPath } from './router.ts';

const patterns = ['/', '/stacks/:stack', '/stacks/:stack/packages', '/stacks/:stack/requests/:number', '/queue'];

test.each([
  ['/', '/', {}],
  ['/stacks/lab', '/stacks/:stack', { stack: 'lab' }],
  ['/stacks/lab/', '/stacks/:stack', { stack: 'lab' }],
  ['/stacks/a%2Fb', '/stacks/:stack', { stack: 'a/b' }],
  ['/stacks/%', '/stacks/:stack', { stack: '%' }],
  ['/stacks/lab/packages', '/stacks/:stack/packages', { stack: 'lab' }],
  ['/stacks/lab/requests/7', '/stacks/:stack/requests/:number', { stack: 'lab', number: '7' }],
  ['/queue', '/queue', {}],
])('%s is the page %s', (path, pattern, params) => expect(matchPath(patterns, path)).toEqual({ pattern, params }));

test.each(['/stacks', '/stacks/lab/requests', '/stacks/lab/requests/7/files', '/queue/3', '/api/v1/stacks'])(
  '%s is no page',
  (path) => expect(matchPath(patterns, path)).toBeUndefined(),
);
