import { readFile, writeFile } from 'node:fs/promises';
import { load } from 'js-yaml';
import type { FleetRunner } from './fleet-runner.ts';
import type { KubernetesUnderTest } from './kubernetes.ts';

const VALUES = new URL('../../examples/kubernetes/values.yaml', import.meta.url);

interface Values {
  readonly runners: { readonly config: string };
}

interface Addresses {
  readonly url: string;
  readonly token: string;
  readonly api: KubernetesUnderTest;
  /** Further lines of the runner, which are not of its executor. */
  readonly more?: readonly string[];
}

/** Writes the configuration of `examples/kubernetes/values.yaml`, with the addresses of a test. */
export async function configureExample(runner: FleetRunner, { url, token, api, more = [] }: Addresses): Promise<void> {
  const { runners } = load(await readFile(VALUES, 'utf8')) as Values;
  const own = [`url = "${url}"`, `token = "${token}"`, ...more];
  const access = [
    `host = "${api.url}"`,
    `bearer_token = "${api.token}"`,
    ...(api.certificate === undefined ? [] : [`ca_file = "${api.certificate}"`]),
  ];
  const text = runners.config
    .replace('[[runners]]', `[[runners]]\n  ${own.join('\n  ')}`)
    .replace('[runners.kubernetes]', `[runners.kubernetes]\n    ${access.join('\n    ')}`);
  await writeFile(runner.config, `concurrent = 1\ncheck_interval = 1\n${text}`);
}
