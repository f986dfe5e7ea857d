import { expect, test } from 'vitest';
import { StackConfiguration } from '../configuration/stack-configuration.ts';
import { postedContext, sharesRepository } from './posted-context.ts';

const named = (name: string, section: object) => StackConfiguration.parse({ name, ...section });
const github = (repository: string) => ({ github: { repository, token: { env: 'TOKEN' } } });

test('stacks share a repository however it is written, and then their statuses have their names', () => {
  const all = [
    named('base', github('example-lab/stack')),
    named('science', github('Example-Lab/Stack')),
    named('copy', { remote: 'https://github.com/example-lab/stack.git/' }),
    named('other', github('example-lab/stack-2')),
  ];
  expect(all.map((stack) => sharesRepository(stack, all))).toEqual([true, true, true, false]);
  const [base, , , other] = all.map((configuration) => {
    return { configuration, sharesRepository: sharesRepository(configuration, all) };
  });
  expect(postedContext(base!, 'slipway/image')).toBe('slipway/image (base)');
  expect(postedContext(other!, 'slipway/image')).toBe('slipway/image');
});
