import { expect, test } from 'vitest';
import { routeOf } from './router.ts';

test.each([
  ['/', { view: 'stacks' }],
  ['/stacks/lab', { view: 'stack', stack: 'lab' }],
  ['/stacks/lab/', { view: 'stack', stack: 'lab' }],
  ['/stacks/lab/packages', { view: 'packages', stack: 'lab' }],
  ['/stacks/lab/requests/7', { view: 'request', stack: 'lab', number: '7' }],
  ['/stacks/lab/requests/7/files', { view: 'nowhere' }],
  ['/stacks/lab/requests', { view: 'nowhere' }],
  ['/stacks/lab/packages/7', { view: 'nowhere' }],
  ['/pipelines/12', { view: 'pipeline', id: '12' }],
  ['/jobs/7', { view: 'job', id: '7' }],
  ['/images/3', { view: 'image', id: '3' }],
  ['/audit', { view: 'audit' }],
  ['/audit/3', { view: 'nowhere' }],
  ['/stacks', { view: 'nowhere' }],
  ['/api/v1/stacks', { view: 'nowhere' }],
  ['/jobs/7/log', { view: 'nowhere' }],
  ['/stacks/%', { view: 'stack', stack: '%' }],
])('%s', (path, route) => expect(routeOf(path)).toEqual(route));

test('a pull request’s packages are asked for in the query', () => {
  expect(routeOf('/stacks/lab/packages', '?request=7')).toEqual({ view: 'packages', stack: 'lab', request: '7' });
});
