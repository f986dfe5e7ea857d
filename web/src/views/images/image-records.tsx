import type { ImageRecords, PullView } from '../../../../src/protocol/index.ts';
import { formatBytes } from '../../format.ts';
import { Copyable, Section, Waiting } from '../../parts/page-parts.tsx';
import { useResource } from '../../resource.ts';

const words = { verified: 'signature verified', unsigned: 'not signed', invalid: 'signature not valid' };
const looks = { verified: 'signed', unsigned: 'unsigned', invalid: 'invalid' };

const names = { spdx: 'SPDX', cyclonedx: 'CycloneDX', provenance: 'provenance (SLSA)' };

/** The signature of an image as the server verifies it now, its bills of materials and its provenance. */
export function Records({ id, pull }: { id: string; pull: PullView }) {
  const { data, failure } = useResource<ImageRecords>(`/images/${id}/records`);
  return (
    <Section id="records" title="Signature and records">
      {data === undefined ? <Waiting failure={failure} /> : <Verified id={id} pull={pull} records={data} />}
    </Section>
  );
}

function Verified({ id, pull, records }: { id: string; pull: PullView; records: ImageRecords }) {
  const { state, platforms } = records;
  return (
    <>
      <p>
        <span class={`tag signature-${looks[state]}`}>{words[state]}</span> {sentenceOf(records)}
      </p>
      <Findings findings={records.findings} />
      {platforms.map(({ platform, findings, records: files }) => (
        <div key={platform}>
          {platforms.length > 1 && <h3>{platform}</h3>}
          <Findings findings={findings} />
          <ul class="package-links">
            {files.map(({ name, size }) => (
              <li key={name}>
                <a href={addressOf(id, name, platform)} download>
                  {names[name]}
                </a>
                <span class="faint end">{formatBytes(size)}</span>
              </li>
            ))}
          </ul>
        </div>
      ))}
      {state === 'verified' && <Verify pull={pull} />}
    </>
  );
}

function sentenceOf({ state, platforms }: ImageRecords): string {
  const entries = platforms.reduce((sum, one) => sum + one.entries, 0);
  if (state === 'verified')
    return `Signed by this server’s key for images. Its provenance names ${entries} signed packages of the mirror.`;
  if (state === 'invalid') return 'The signature or a record is not as it should be:';
  return 'It is not signed: previews of pull requests never are, and others only with a key for images.';
}

function Findings({ findings }: { findings: readonly string[] }) {
  if (findings.length === 0) return null;
  return (
    <ul class="notice">
      {findings.map((one) => (
        <li key={one}>{one}</li>
      ))}
    </ul>
  );
}

/** Commands that verify the same elsewhere. */
function Verify({ pull }: { pull: PullView }) {
  const key = `${location.origin}/keys/cosign.pub`;
  const registry = pull.insecure ? ' --allow-http-registry' : '';
  return (
    <>
      <p class="faint">Verify it yourself:</p>
      <Copyable
        text={`cosign verify --key ${key} --insecure-ignore-tlog${registry} ${pull.digest}`}
        label="the command for cosign"
      />
    </>
  );
}

function addressOf(id: string, name: string, platform: string): string {
  return `/api/v1/images/${id}/records/${name}?${new URLSearchParams({ platform }).toString()}`;
}
