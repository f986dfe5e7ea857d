import * as fc from 'fast-check';

type Mapping = Readonly<Record<string, unknown>>;

const words = fc.constantFrom('one', 'two', 'three', 'four');
const list = fc.uniqueArray(words, { minLength: 1, maxLength: 3 });
const ending = fc.constantFrom('', '', '', ':', '+:', '-:');
const variables = fc.dictionary(fc.constantFrom('A', 'B', 'C'), words, { minKeys: 1, maxKeys: 2 });
// Where a text becomes a mapping by one rule, Spack's next merge writes into the rule itself: all are mappings here.
const image = fc.record({ name: words, entrypoint: list });

/** Attributes of a job; a key's end says how it goes together with what is there. */
const attributes = fc
  .tuple(ending, fc.option(list), fc.option(list), fc.option(variables), fc.option(image))
  .map(([end, tags, script, set, from]): Mapping => {
    return {
      ...(tags && { [`tags${end}`]: tags }),
      ...(script && { [`script${end}`]: script }),
      ...(set && { [end === ':' ? 'variables:' : 'variables']: set }),
      ...(from && { image: from }),
    };
  });

/** What is taken away again: some of a list, or a key as a whole. */
const removed = fc
  .tuple(fc.option(list), fc.option(fc.constantFrom('A', 'B', 'C')))
  .map(([tags, name]): Mapping => ({ ...(tags && { tags }), ...(name && { variables: { [name]: null } }) }));

const matches = [
  'zlib-ng',
  'libpng',
  '@1',
  '@2:',
  '+shared',
  '~shared',
  'target=x86_64_v3',
  'zlib-ng@2.2:',
  'yaml-cpp@0.8',
  'gcc-runtime',
];
const entry = fc
  .tuple(fc.uniqueArray(fc.constantFrom(...matches), { minLength: 1, maxLength: 3 }), attributes, fc.option(removed))
  .map(([match, job, gone]): Mapping => {
    return { match, 'build-job': job, ...(gone === null ? {} : { 'build-job-remove': gone }) };
  });
const submapping = fc
  .tuple(fc.array(entry, { minLength: 1, maxLength: 4 }), fc.option(fc.constantFrom('first', 'merge')))
  .map(([entries, behavior]): Mapping => ({ submapping: entries, ...(behavior && { match_behavior: behavior }) }));
const named = fc
  .tuple(
    fc.constantFrom('any', 'build', 'noop', 'reindex', 'signing', 'cleanup', 'copy'),
    attributes,
    fc.option(removed),
  )
  .map(([name, job, gone]): Mapping => {
    return { [`${name}-job`]: job, ...(gone === null ? {} : { [`${name}-job-remove`]: gone }) };
  });

/** Lists of rules as `ci: pipeline-gen:` has them: the same for the same number. */
export function ciCases(count: number): readonly (readonly Mapping[])[] {
  return fc.sample(fc.array(fc.oneof(named, submapping), { minLength: 1, maxLength: 5 }), { numRuns: count, seed: 6 });
}
