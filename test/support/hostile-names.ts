/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const PIECES: readonly string[] = [
  '\0',
  '\n',
  '\r\n',
  '\t',
  '\u0007',
  '\u001B[31m',
  '\u007F',
  '\u0085',
  '\uD800',
  '\uDC00',
  '\uDBFFx',
  '\u2028',
  'e\u0301\u0302\u0303',
  '\u202Eabc\u202C',
  '\u200F',
  'שלום',
  'مرحبا',
  '\uFEFF',
  '\u200D',
  '😀',
  '👨‍👩‍👧',
  '𝔘',
  '\uFFFD',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'then',
  'length',
  'NaN',
  'null',
  "'; DROP TABLE job_runs; --",
  "' OR '1'='1",
  '" UNION SELECT 1',
  '%',
  '_',
  '<script>alert(1)</script>',
  '&amp;',
  '<img src=x onerror=alert(1)>',
  '$(reboot)',
  '`id`',
  '; rm -rf /',
  '| cat',
  '&&',
  '$HOME',
  '${V}',
  '%V%',
  '$$',
  '../../etc/passwd',
  '/dev/null',
  'C:\\x',
  '.',
  '..',
  '//',
  '%2e%2e%2f',
  '?a=b',
  '#x',
  '1/2',
  ': [a, b]',
  '{',
  '}',
  'job 1/3',
  'a'.repeat(255),
  'ä'.repeat(128),
  'x'.repeat(5000),
  '$[[ inputs.x ]]',
  '{{ x }}',
  '\\',
  '"',
  "'",
  ' ',
];

/** A name as an attacker would choose it to break what it passes through. */
export function hostileName(random: () => number): string {
  const pick = () => PIECES[Math.floor(random() * PIECES.length)] as string;
  const count = random() < 0.5 ? 1 : 1 + Math.floor(random() * 3);
  const name = Array.from({ length: count }, pick).join(random() < 0.5 ? '' : 'a');
  return random() < 0.3 ? `a${name}b` : name;
}

const text = JSON.stringify;

/** Where a name may stand in a pipeline; each makes a configuration with it. */
export const places: Readonly<Record<string, (name: string) => string>> = {
  job: (name) => `{ ${text(name)}: { script: x } }`,
  needed: (name) => `{ ${text(name)}: { script: x }, last: { script: x, needs: [${text(name)}] } }`,
  dependency: (name) =>
    `{ ${text(name)}: { stage: build, script: x }, last: { script: x, dependencies: [${text(name)}] } }`,
  trigger: (name) => `{ ${text(name)}: { trigger: { include: child.yml, strategy: depend } } }`,
  'matrix value': (name) => `{ a: { script: x, parallel: { matrix: [{ V: [${text(name)}, y] }] } } }`,
  'matrix variable': (name) => `{ a: { script: x, parallel: { matrix: [{ ${text(name)}: y }] } } }`,
  stage: (name) => `{ stages: [${text(name)}], a: { stage: ${text(name)}, script: x } }`,
  pipeline: (name) => `{ workflow: { name: ${text(name)} }, a: { script: x } }`,
  'resource group': (name) => `{ a: { script: x, resource_group: ${text(name)} } }`,
  environment: (name) => `{ a: { script: x, variables: { V: ${text(name)} }, environment: $V } }`,
  variable: (name) => `{ a: { script: x, variables: { ${text(name)}: y } } }`,
  'value of a variable': (name) =>
    `{ variables: { V: ${text(name)} }, a: { script: x, cache: { key: $V, paths: [x] } } }`,
  cache: (name) => `{ a: { script: x, cache: { key: ${text(name)}, paths: [${text(name)}] } } }`,
  'file of a cache': (name) => `{ a: { script: x, cache: { key: { files: [${text(name)}] }, paths: [x] } } }`,
  artifacts: (name) => `{ a: { script: x, artifacts: { name: ${text(name)}, paths: [${text(name)}] } } }`,
  image: (name) => `{ a: { script: x, image: ${text(name)}, services: [{ name: x, alias: ${text(name)} }] } }`,
  token: (name) => `{ a: { script: x, id_tokens: { ${text(name)}: { aud: ${text(name)} } } } }`,
  include: (name) => `{ include: [{ local: ${text(name)} }], a: { script: x } }`,
  'included child': (name) => `{ a: { trigger: { include: ${text(name)} } } }`,
  template: (name) => `{ ${text(`.${name}`)}: { script: x }, a: { extends: ${text(`.${name}`)} } }`,
  rule: (name) => `{ a: { script: x, rules: [{ exists: [${text(name)}] }, { when: always }] } }`,
  package: (name) => `{ a: { script: x, variables: { SPACK_JOB_SPEC_PKG_NAME: ${text(name)} } } }`,
};
