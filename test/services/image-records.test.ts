import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attachRecords, cyclonedxDocument, publishImage, spdxDocument } from '../../src/image/index.ts';
import { registryClient, type Image } from '../../src/oci/index.ts';
import { startDockerRegistry, type DockerRegistry } from '../support/docker-registry.ts';
import { testImage } from '../support/image.ts';
import { findPart } from '../support/part.ts';
import { recordSigner } from '../support/record-signer.ts';
import { realBill, smallLock } from '../support/recorded-image.ts';
import { removeFolder } from '../support/remove-folder.ts';

const run = promisify(execFile);
const python = findPart('python3');
const cosign = findPart('cosign') ?? findPart('cosign', { SLIPWAY_TEST_COSIGN: `${process.env.HOME}/go/bin/cosign` });
const skopeo = findPart('skopeo');
const dockerRegistry = findPart('docker-registry');
const hasModule = async (name: string): Promise<boolean> => {
  const found = await run(python ?? 'false', ['-c', `import ${name}`]).then(
    () => true,
    () => false,
  );
  if (!found) process.stderr.write(`skipped: Python has no module \`${name}\`\n`);
  return found;
};

const hasSpdx = await hasModule('spdx_tools');
const hasCyclonedx = await hasModule('cyclonedx.validation.json');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-records-'));
});
afterAll(() => removeFolder(folder));

describe('bills of a real lock', () => {
  test.skipIf(!hasSpdx)('are valid for the tools of SPDX', async () => {
    const file = join(folder, 'image.spdx.json');
    await writeFile(file, JSON.stringify(spdxDocument(realBill())));
    const script = [
      'import sys',
      'from spdx_tools.spdx.parser.parse_anything import parse_file',
      'from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document',
      'document = parse_file(sys.argv[1])',
      'print(len(document.packages), [m.validation_message for m in validate_full_spdx_document(document)])',
    ];
    const { stdout } = await run(python as string, ['-c', script.join('\n'), file]);
    expect(stdout).toMatch(/^\d{3} \[\]\n$/);
  });

  test.skipIf(!hasCyclonedx)('are valid for the tools of CycloneDX', async () => {
    const file = join(folder, 'image.cdx.json');
    await writeFile(file, JSON.stringify(cyclonedxDocument(realBill({}, smallLock))));
    const script = [
      'import sys',
      'from cyclonedx.schema import SchemaVersion',
      'from cyclonedx.validation.json import JsonStrictValidator',
      'print(JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read()))',
    ];
    expect((await run(python as string, ['-c', script.join('\n'), file])).stdout).toBe('None\n');
  });
});

describe.skipIf(dockerRegistry === undefined)('records in a docker-registry, which lists no referrers', () => {
  let registry: DockerRegistry;
  let image: Image;
  let reference: string;
  let key: string;
  const environment = { PATH: process.env.PATH, HOME: process.env.HOME, COSIGN_EXPERIMENTAL: '0' };
  const verify = (command: string, ...words: string[]) =>
    run(
      cosign as string,
      [command, '--key', key, '--insecure-ignore-tlog', '--allow-http-registry', ...words, reference],
      {
        env: environment,
      },
    );

  beforeAll(async () => {
    registry = await startDockerRegistry(dockerRegistry as string, join(folder, 'registry'));
    image = await testImage([[{ name: 'a', text: 'a' }]]);
    const { descriptor } = image.manifest;
    const target = registryClient({ registry: registry.host, repository: 'lab/stack', access: 'push' });
    const signer = recordSigner();
    const bill = realBill({ name: `${registry.host}/lab/stack`, digest: descriptor.digest });
    const build = {
      builder: 'https://slipway.example.org',
      contents: 'packages',
      mirror: 's3://lab',
      entries: new Map(),
    };
    await attachRecords(target, { image: descriptor, bill, build, ...signer });
    await publishImage(image, target, '1');
    reference = `${registry.host}/lab/stack:1`;
    key = join(folder, 'cosign.pub');
    await writeFile(key, signer.publicKey);
  });
  afterAll(() => registry.stop());

  test.skipIf(cosign === undefined)(
    'are accepted by `cosign verify`, with what they say of commit and lock',
    async () => {
      const { stdout } = await verify('verify', '-a', `io.slipway.lock=sha256:${realBill().image.locks.join()}`);
      const [payload] = JSON.parse(stdout) as { critical: unknown }[];
      expect(payload?.critical).toMatchObject({
        image: { 'docker-manifest-digest': image.manifest.descriptor.digest },
      });
      await expect(verify('verify', '-a', 'io.slipway.lock=sha256:other')).rejects.toThrow();
    },
  );

  test.skipIf(cosign === undefined)('are refused by cosign with another key', async () => {
    const other = join(folder, 'other.pub');
    await writeFile(other, recordSigner().publicKey);
    key = other;
    await expect(verify('verify')).rejects.toThrow(/no matching signatures|invalid signature/);
    key = join(folder, 'cosign.pub');
  });

  test.skipIf(cosign === undefined)('hold the provenance that `cosign verify-attestation` accepts', async () => {
    const { stdout } = await verify('verify-attestation', '--type', 'https://slsa.dev/provenance/v1');
    const { payload } = JSON.parse(stdout) as { payload: string };
    const statement = JSON.parse(Buffer.from(payload, 'base64').toString()) as Record<string, unknown>;
    expect(statement['predicateType']).toBe('https://slsa.dev/provenance/v1');
    expect(statement['subject']).toMatchObject([
      { digest: { sha256: image.manifest.descriptor.digest.slice('sha256:'.length) } },
    ]);
  });

  test('are listed by the tag that clients of such registries read', async () => {
    const tag = image.manifest.descriptor.digest.replace(':', '-');
    const accept = 'application/vnd.oci.image.index.v1+json';
    const response = await fetch(`http://${registry.host}/v2/lab/stack/manifests/${tag}`, { headers: { accept } });
    const { manifests } = (await response.json()) as { manifests: { digest: string; artifactType: string }[] };
    expect(manifests).toHaveLength(4);
    for (const { digest } of manifests) {
      const found = await fetch(`http://${registry.host}/v2/lab/stack/manifests/${digest}`, {
        headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
      });
      expect(((await found.json()) as { subject: unknown }).subject).toMatchObject(image.manifest.descriptor);
    }
  });

  test.skipIf(skopeo === undefined)('go along when skopeo copies them as the images that cosign keeps', async () => {
    const tag = `${image.manifest.descriptor.digest.replace(':', '-')}.sig`;
    const from = `docker://${registry.host}/lab/stack:${tag}`;
    const plain = ['--src-tls-verify=false', '--dest-tls-verify=false'];
    await run(skopeo as string, ['copy', '--quiet', ...plain, from, `docker://${registry.host}/lab/copied:${tag}`]);
    const { stdout } = await run(skopeo as string, ['inspect', '--raw', '--tls-verify=false', from]);
    expect(JSON.parse(stdout)).toMatchObject({ subject: image.manifest.descriptor });
  });
});
