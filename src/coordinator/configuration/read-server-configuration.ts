import { checkYaml, readYaml, type Diagnostic, type Fault, type YamlPath } from '../../kit/index.ts';
import { variableFaults } from './s3-variables.ts';
import { ServerConfiguration } from './server-configuration.ts';

/** Reads `slipway.server.yaml`. All faults are returned together, each with its position. */
export function readServerConfiguration(
  text: string,
  file: string,
): { configuration?: ServerConfiguration; diagnostics: readonly Diagnostic[] } {
  const source = readYaml(text, file);
  const { value, diagnostics } = checkYaml(source, ServerConfiguration);
  if (value === undefined) return { diagnostics };
  const faults = [
    ...duplicates(value, 'stacks'),
    ...duplicates(value, 'runners'),
    ...unknownMirrors(value),
    ...destinationFaults(value),
    ...value.stacks.flatMap((stack, index) =>
      variableFaults(stack).map((fault) => ({ ...fault, path: ['stacks', index, ...fault.path] })),
    ),
    ...runnersWithoutToken(value),
    ...runnersWithoutSandbox(value),
  ];
  if (faults.length > 0) return { diagnostics: faults.map(({ path, ...fault }) => source.fault(path, fault)) };
  return { configuration: value, diagnostics };
}

interface LocatedFault extends Fault {
  readonly path: YamlPath;
}

function duplicates(value: ServerConfiguration, section: 'stacks' | 'runners'): readonly LocatedFault[] {
  const names = value[section].map(({ name }) => name);
  return names.flatMap((name, index) => {
    return names.indexOf(name) === index ? [] : [duplicate(name, [section, index, 'name'])];
  });
}

function duplicate(name: string, path: YamlPath): LocatedFault {
  const message = `\`${name}\` is there twice`;
  return { path, code: 'CONFIGURATION_DUPLICATE', message, hint: 'Give each a name of its own.' };
}

/** A runner elsewhere has to show a token that both sides know. */
function runnersWithoutToken({ runners }: ServerConfiguration): readonly LocatedFault[] {
  return runners.flatMap(({ embedded, token, name }, index) => {
    if (embedded || token !== undefined) return [];
    const message = `Runner \`${name}\` has no token`;
    const hint = 'Name where its token is with `token`, or let the server run it with `embedded: true`.';
    return [{ path: ['runners', index], code: 'CONFIGURATION_RUNNER_TOKEN', message, hint }];
  });
}

/** What earlier jobs can leave on the machine must not get into packages that are promoted. */
function runnersWithoutSandbox({ runners }: ServerConfiguration): readonly LocatedFault[] {
  return runners.flatMap(({ trusted, embedded, sandbox, name }, index) => {
    if (trusted !== true || (sandbox ?? (embedded ? 'always' : 'never')) === 'always') return [];
    const message = `Runner \`${name}\` is \`trusted\`, but its jobs are not isolated from each other`;
    const hint = 'Set `sandbox: always` if they are, or leave out `trusted`.';
    return [{ path: ['runners', index, 'trusted'], code: 'CONFIGURATION_RUNNER_TRUSTED', message, hint }];
  });
}

/** Names of destinations are unique over all stacks, since `slipway notify test` takes one. */
function destinationFaults({ notifications, stacks, smtp }: ServerConfiguration): readonly LocatedFault[] {
  const all = [
    ...notifications.map((one, index) => ({ ...one, path: ['notifications', index] })),
    ...stacks.flatMap((stack, at) =>
      stack.notifications.map((one, index) => ({ ...one, path: ['stacks', at, 'notifications', index] })),
    ),
  ];
  const names = all.map(({ name }) => name);
  return all.flatMap(({ name, email, path }, index): readonly LocatedFault[] => {
    if (names.indexOf(name) !== index) return [duplicate(name, [...path, 'name'])];
    if (email === undefined || smtp !== undefined) return [];
    const message = `Destination \`${name}\` sends mail, but no mail server is configured`;
    return [{ path, code: 'CONFIGURATION_SMTP', message, hint: 'Configure the mail server under `smtp`.' }];
  });
}

function unknownMirrors({ stacks, mirrors }: ServerConfiguration): readonly LocatedFault[] {
  return stacks.flatMap(({ mirror }, index) => {
    if (mirror === undefined || mirrors.some(({ name }) => name === mirror)) return [];
    const message = `There is no mirror \`${mirror}\` under \`mirrors\``;
    return [{ path: ['stacks', index, 'mirror'], code: 'CONFIGURATION_MIRROR', message }];
  });
}
