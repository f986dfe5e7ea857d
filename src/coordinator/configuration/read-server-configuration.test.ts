import { describe, expect, test } from 'vitest';
import { readServerConfiguration } from './read-server-configuration.ts';

const read = (text: string) => readServerConfiguration(text, 'slipway.server.yaml');
const faults = (text: string) =>
  read(text).diagnostics.map(({ line, column, message }) => `${line}:${column} ${message}`);

describe('the server’s configuration', () => {
  test('may be empty', () => {
    expect(read('').configuration).toMatchObject({
      listen: '127.0.0.1:8080',
      stacks: [],
      limits: { logBytes: 100_000_000 },
    });
  });

  test('takes numbers and truth for values of variables, as YAML writes them', () => {
    const { configuration } = read('stacks:\n  - { name: lab, remote: /r, variables: { N: 3, ON: true } }\n');
    expect(configuration?.stacks[0]?.variables).toEqual({ N: '3', ON: 'true' });
  });

  test.each([
    ['listen: nowhere\n', '1:1 `listen`: must be an address and a port, as in 127.0.0.1:8080'],
    [
      'stacks:\n  - name: lab\n    remote: /r\n    pol: 3\n',
      '4:5 `stacks[0]`: unknown key `pol`; did you mean `poll`?',
    ],
    ['stacks:\n  - name: L\n    remote: /r\n', '2:5 `stacks[0].name`: must be 3 to 63 lower-case'],
    ['stacks:\n  - name: lab\n', '2:5 `stacks[0]`: a stack has either `remote` or `github`'],
    [
      'stacks:\n  - name: lab\n    remote: /r\n    github: { repository: a/b, token: { env: T } }\n',
      '4:5 `stacks[0].github`: a stack has either',
    ],
    [
      'stacks:\n  - name: lab\n    github: { repository: a/b }\n',
      '3:5 `stacks[0].github`: has either `token` or `app`',
    ],
    [
      'stacks:\n  - name: lab\n    github: { repository: a/b, token: { env: T }, app: { id: 1, privateKey: { env: K } } }\n',
      '3:5 `stacks[0].github`: has either `token` or `app`',
    ],
    ['stacks:\n  - { name: lab, remote: /r }\n  - { name: lab, remote: /q }\n', '3:7 `lab` is there twice'],
    ['stacks:\n  - { name: lab, remote: /r, mirror: big }\n', '2:30 There is no mirror `big` under `mirrors`'],
    [
      'runners:\n  - { name: far, token: { env: T }, trusted: true }\n',
      '2:37 Runner `far` is `trusted`, but its jobs are not isolated from each other',
    ],
    ['trustedProxies: [10.0.0.0/33]\n', '1:18 `trustedProxies[0]`: must be an IP address, or a network'],
    ['limits:\n  logBytes: -1\n', '2:3 `limits.logBytes`'],
    ['baseUrl: ftp://x\n', '1:1 `baseUrl`'],
    [
      'stacks:\n  - name: lab\n    remote: /r\n    secrets:\n      - { name: KEY, from: plain }\n',
      '5:22 `stacks[0].secrets[0].from`',
    ],
  ])('with a fault in %j says where', (text, expected) => {
    expect(faults(text)).toEqual([expect.stringContaining(expected)]);
    expect(read(text).configuration).toBeUndefined();
  });

  const oneStack = (lines: string) => `stacks:\n  - name: lab\n    remote: /r\n${lines}`;
  const secret = (name: string) => `      - { name: ${name}, from: { env: ${name} } }\n`;

  test.each([
    [`    secrets:\n${secret('SPACK_SIGNING_KEY')}`, '5:11 Jobs do not sign', 'signingKey: { env: SPACK_SIGNING_KEY }'],
    ['    variables:\n      SPACK_SIGNING_KEY: x\n', '5:7 Jobs do not sign', 'signingKey: { env: SPACK_SIGNING_KEY }'],
    ['    variables: { SLIPWAY_MIRROR: "s3://x" }\n', '4:18 `SLIPWAY_MIRROR` would replace', 'Remove it.'],
    [`    secrets:\n${secret('AWS_SESSION_TOKEN')}`, '5:11 Keys that expire', 'credential_process'],
    [`    secrets:\n${secret('AWS_ACCESS_KEY_ID')}`, '5:11 `AWS_ACCESS_KEY_ID` and', 'Add `AWS_SECRET_ACCESS_KEY`'],
    ['    variables: { AWS_ACCESS_KEY_ID: AK }\n', '4:18 `AWS_ACCESS_KEY_ID` is not secret', 'under `secrets`'],
    [
      `    mirror: big\n    secrets:\n${secret('S3_ENDPOIT_URL')}mirrors:\n  - { name: big, path: /m }\n`,
      '6:11 `S3_ENDPOIT_URL` would replace',
      '`credentials` and `endpoint` under `mirrors`',
    ],
  ])('refuses variables of a stack that its jobs cannot have, as %j, with the change to make', (lines, fault, hint) => {
    expect(faults(oneStack(lines))).toEqual([expect.stringContaining(fault)]);
    expect(read(oneStack(lines)).diagnostics[0]?.hint).toContain(hint);
  });

  test('reports all of its faults at once', () => {
    expect(faults('listen: x\ndata: 3\nstacks: 1\n').map((fault) => fault.split(' ')[0])).toEqual([
      '2:1',
      '1:1',
      '3:1',
    ]);
  });
});
