import { existsSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';

interface Definition {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly additionalProperties?: unknown;
  readonly format?: string;
  readonly 'x-kubernetes-group-version-kind'?: readonly Record<'group' | 'version' | 'kind', string>[];
}

/** Returns what is wrong with a manifest; empty if nothing is. */
export type ManifestValidator = (manifest: { readonly apiVersion: string; readonly kind: string }) => string;

/**
 * Validates manifests by the OpenAPI document of a version of Kubernetes (`api/openapi-spec/swagger.json` of its sources),
 * which `SLIPWAY_TEST_KUBERNETES` names. Unknown keys are faults, as for `kubectl apply --validate=strict`. Without the
 * document, says what is skipped and returns undefined.
 */
export function manifestValidator(environment: NodeJS.ProcessEnv = process.env): ManifestValidator | undefined {
  const file = environment.SLIPWAY_TEST_KUBERNETES ?? '';
  if (file === '' || !existsSync(file)) {
    process.stderr.write('skipped: SLIPWAY_TEST_KUBERNETES names no OpenAPI document of Kubernetes\n');
    return undefined;
  }
  const { definitions } = JSON.parse(readFileSync(file, 'utf8')) as { definitions: Record<string, Definition> };
  const strict = Object.entries(definitions).map(([name, one]) => [name, strictly(one)] as const);
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema({ $id: 'kubernetes', definitions: Object.fromEntries(strict) });
  return (manifest) => {
    const name = Object.keys(definitions).find((one) => isOf(definitions[one], manifest));
    if (name === undefined) return `There is no ${manifest.kind} in ${manifest.apiVersion}.`;
    const validate = ajv.getSchema(`kubernetes#/definitions/${name}`);
    return validate?.(manifest) === true ? '' : ajv.errorsText(validate?.errors);
  };
}

/** The document describes a number or a name, such as a port, as text of its own format. */
function strictly(one: Definition): unknown {
  if (one.format === 'int-or-string') return { type: ['integer', 'string'] };
  if (one.properties === undefined || one.additionalProperties !== undefined) return one;
  return { ...one, additionalProperties: false };
}

function isOf(definition: Definition | undefined, manifest: { apiVersion: string; kind: string }): boolean {
  const kinds = definition?.['x-kubernetes-group-version-kind'] ?? [];
  return kinds.some(({ group, version, kind }) => {
    const apiVersion = group === '' ? version : `${group}/${version}`;
    return kind === manifest.kind && apiVersion === manifest.apiVersion;
  });
}
