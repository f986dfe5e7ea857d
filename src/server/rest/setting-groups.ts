import { createHash, createPublicKey } from 'node:crypto';
import { remoteOf, type CoordinatorContext, type ServerConfiguration } from '../../coordinator/index.ts';
import { withoutCredentials } from '../../kit/index.ts';
import type { ServerSettingsView, SettingEntry } from '../../protocol/index.ts';
import { destinationsIn } from '../notifications/destinations.ts';

const EVENTS: Readonly<Record<string, string>> = { pullRequests: 'pull requests' };

type Value = string | number | boolean | readonly string[] | undefined;

/** Returns the configuration in words: chosen settings, so that one with a secret is never among them. */
export function settingGroups(context: CoordinatorContext): ServerSettingsView['groups'] {
  const { configuration } = context;
  return [
    { title: 'Server', entries: [serverEntry(context), signInEntry(configuration)] },
    { title: 'Stacks', entries: configuration.stacks.map((stack) => stackEntry(stack)) },
    { title: 'Mirrors', entries: mirrorEntries(configuration) },
    { title: 'Runners', entries: context.runners.all().map(({ runner }) => runnerEntry(runner)) },
    { title: 'Network of jobs', entries: [networkEntry(configuration)] },
    { title: 'Included texts', entries: [includesEntry(configuration)] },
    { title: 'Keys', entries: keyEntries(context) },
    { title: 'Quotas', entries: quotaEntries(configuration) },
    { title: 'Notifications', entries: destinationEntries(configuration) },
    { title: 'Retention and limits', entries: [limitEntry(configuration)] },
  ].filter(({ entries }) => entries.length > 0);
}

function entry(name: string, facts: Readonly<Record<string, Value>>): SettingEntry {
  const shown = Object.entries(facts).flatMap(([label, value]) => {
    const text = textOf(value);
    return text === '' ? [] : [{ label, value: text }];
  });
  return { name, facts: shown };
}

function textOf(value: Value): string {
  if (value === undefined) return '';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'object' ? value.join(', ') : String(value);
}

function serverEntry({ configuration, version, baseUrl, folder }: CoordinatorContext): SettingEntry {
  return entry('slipway', {
    version,
    'base URL': baseUrl(),
    'listens on': configuration.listen,
    TLS: configuration.tls !== undefined,
    'further hosts': configuration.hosts,
    'trusted proxies': configuration.trustedProxies,
    data: folder.root,
  });
}

function signInEntry({ access: { openid, github, sessionAge } }: ServerConfiguration): SettingEntry {
  const services = [openid && `${openid.title} (${openid.issuer})`, github && `GitHub (${github.url})`];
  const used = services.filter((one) => one !== undefined);
  return entry('sign-in', {
    services: used.length === 0 ? 'access tokens alone' : used,
    'sessions end after': duration(sessionAge),
  });
}

function stackEntry(stack: ServerConfiguration['stacks'][number]): SettingEntry {
  const { events, schedules } = stack;
  return entry(stack.name, {
    remote: withoutCredentials(remoteOf(stack)),
    'default branch': stack.defaultBranch,
    'protected branches': stack.protected.branches,
    'protected tags': stack.protected.tags,
    private: stack.private,
    'starts pipelines for': Object.entries(events).flatMap(([name, isOn]) => (isOn ? [EVENTS[name] ?? name] : [])),
    schedules: schedules.length === 0 ? undefined : schedules.length,
    environment: stack.environment,
    mirror: stack.mirror ?? 'in the data folder',
    layouts: stack.layouts,
    promotion: stack.promotion,
    'tested locks of': stack.testedLocks,
    weight: stack.weight,
    'job timeout': duration(stack.jobTimeout),
    'secret variables': stack.secrets.map(({ name }) => name),
  });
}

function mirrorEntries({ mirrors }: ServerConfiguration): SettingEntry[] {
  return mirrors.map(({ name, path, url, region, perStack }) =>
    entry(name, { location: path ?? url, region, 'a part for each stack': perStack }),
  );
}

function runnerEntry(runner: ReturnType<CoordinatorContext['runners']['all']>[number]['runner']): SettingEntry {
  const { name, embedded = false, tags, runUntagged, protectedOnly, untrusted, concurrency } = runner;
  return entry(name, {
    'runs in': embedded ? 'the server' : 'a machine of its own',
    'jobs at once': Number.isFinite(concurrency) ? concurrency : 'no limit',
    tags,
    'takes jobs without tags': runUntagged,
    'protected refs only': protectedOnly,
    'takes jobs of forks': untrusted,
    sandbox: runner.sandbox,
    'packages may be promoted': runner.trusted === true,
  });
}

function networkEntry({ network: { hosts, defaultHosts, proxy, forkBytes } }: ServerConfiguration): SettingEntry {
  return entry('jobs in a sandbox', {
    'well-known hosts of sources': defaultHosts,
    'further hosts': hosts.map(
      ({ host, ports, purpose }) => `${host}${ports ? `:${ports.join('/')}` : ''} (${purpose})`,
    ),
    proxy: proxy && withoutCredentials(proxy),
    'downloads of a job of a fork': bytes(forkBytes),
  });
}

function includesEntry({ includes: { hosts, projects, components, templates } }: ServerConfiguration): SettingEntry {
  return entry('pipelines of all stacks', {
    hosts: hosts.map(({ host, paths }) => (paths === undefined ? host : `${host} (${paths.join(' ')})`)),
    projects: projects.map(({ project, url }) => `${project} (${url})`),
    components: components.map(({ component, url }) => (url === undefined ? component : `${component} (${url})`)),
    templates: templates ?? 'built-in',
  });
}

function keyEntries({ signing: { fingerprint, imageKey } }: CoordinatorContext): SettingEntry[] {
  const packages = entry('packages', { kind: 'OpenPGP', fingerprint });
  if (imageKey === undefined) return [packages];
  const der = createPublicKey(imageKey).export({ type: 'spki', format: 'der' });
  const digest = createHash('sha256').update(der).digest('hex');
  return [packages, entry('images', { kind: 'cosign', fingerprint: `SHA-256 ${digest}` })];
}

function quotaEntries({ quotas }: ServerConfiguration): SettingEntry[] {
  const limit = (value: number) => (value === 0 ? 'no limit' : value);
  return (['stack', 'author', 'request'] as const).map((one) => {
    const { jobs, cpuHours, pipelines } = quotas[one];
    return entry(`each ${one === 'request' ? 'pull request' : one}`, {
      'jobs at once': limit(jobs),
      'CPU hours a day': limit(cpuHours),
      'pipelines an hour': limit(pipelines),
      'bytes on the mirror': one === 'request' ? bytes(quotas.request.bytes) : undefined,
    });
  });
}

function destinationEntries(configuration: ServerConfiguration): SettingEntry[] {
  return destinationsIn(configuration).map(({ name, stack, webhook, slack, events, digest }) =>
    entry(name, {
      'sent by': webhook !== undefined ? 'webhook' : slack !== undefined ? 'Slack' : 'mail',
      stack: stack ?? 'all',
      events,
      'collected over': digest === 0 ? undefined : duration(digest),
    }),
  );
}

function limitEntry({ limits, audit }: ServerConfiguration): SettingEntry {
  return entry('limits', {
    'artifacts are kept for': duration(limits.artifactAge),
    'records of the audit log are kept for': audit.days === 0 ? 'ever' : `${audit.days} days`,
    'layers are kept for': duration(limits.imageWorkAge),
    'artifacts of a job': bytes(limits.artifactBytes),
    'log of a job': bytes(limits.logBytes),
    'object of a mirror': bytes(limits.objectBytes),
    'a stuck job fails after': duration(limits.stuckJob),
    'a waiting job fails after': duration(limits.pendingJob),
    'a runner is lost after': duration(limits.runnerSilence),
  });
}

function bytes(count: number): string {
  if (count === 0) return 'no limit';
  const [size, unit] = count >= 1e9 ? [1e9, 'GB'] : [1e6, 'MB'];
  return `${(count / size).toLocaleString('en')} ${unit}`;
}

function duration(seconds: number): string {
  if (seconds === 0) return 'ever';
  const [size, unit] = seconds % 86_400 === 0 ? [86_400, 'd'] : seconds % 3600 === 0 ? [3600, 'h'] : [60, 'min'];
  return `${(seconds / size).toLocaleString('en')} ${unit}`;
}
