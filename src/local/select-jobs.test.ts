import { expect, test } from 'vitest';
import { readPipeline } from '../gitlab/index.ts';
import { checkPlayed, selectJobs } from './select-jobs.ts';

const text = `
test: { script: x, parallel: { matrix: [{ PYTHON: ["3.10", "3.11"] }] } }
shard: { script: x, parallel: 7 }
lint: { script: x }
`;
const plan = readPipeline(text, 'ci.yml', { variables: {}, source: 'push' }).plan!;

test.each([
  ['test', 'Did you mean `"test: [3.10]"`, `"test: [3.11]"`?'],
  ['shard', 'Did you mean `"shard 1/7"`, `"shard 2/7"`, `"shard 3/7"`, `"shard 4/7"`, `"shard 5/7"`, and 2 more?'],
  ['lnit', 'Did you mean `lint`?'],
  ['deploy', 'See `slipway run --list` for its jobs; those that rules leave out are not among them.'],
])('a name that is no job’s, `%s`, is refused with what was probably meant', (name, hint) => {
  expect(() => selectJobs(plan, { jobs: [name], withNeeds: false })).toThrow(
    expect.objectContaining({ code: 'CLI_RUN_JOB_MISSING', hint }),
  );
  expect(() => checkPlayed(plan, [name])).toThrow(expect.objectContaining({ hint }));
});
