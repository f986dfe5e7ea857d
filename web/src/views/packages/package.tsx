import type { PackageDetail } from '../../../../src/protocol/index.ts';
import { formatBytes } from '../../format.ts';
import { Copyable, Crumbs, Facts, Section, Waiting, useTitle } from '../../parts/page-parts.tsx';
import { Switch } from '../../parts/switch.tsx';
import { useChoice, useQuery } from '../../query-state.ts';
import { useResource } from '../../resource.ts';
import { linkTo } from '../../router.ts';
import { PackageFilesView } from './package-files.tsx';
import { Builds, Dependencies, Dependents, Images, Others } from './package-links.tsx';
import '../../style/packages.css';

const tabs = ['overview', 'files'] as const;

/** One package of a stack's mirror, and everything that it is connected with. */
export function PackagePage({ stack, hash }: { stack: string; hash: string }) {
  const [request] = useQuery('request', '');
  const [tab, setTab] = useChoice('tab', { choices: tabs, standard: 'overview' });
  const path = `/stacks/${encodeURIComponent(stack)}/packages/${encodeURIComponent(hash)}`;
  const { data, failure } = useResource<PackageDetail>(
    request === '' ? path : `${path}?${new URLSearchParams({ request }).toString()}`,
    (detail, { type }) => (type === 'image' ? 'reload' : detail),
  );
  const title = data === undefined ? `/${hash.slice(0, 7)}` : `${data.package.name}@${data.package.version}`;
  useTitle(`${title} · ${stack}`);
  const list = linkTo.packages(stack, request);
  // Only what was signed has its files listed.
  const hasFiles = request === '';
  return (
    <>
      <Crumbs steps={[['Stacks', '/'], [stack, linkTo.stack(stack)], ['Packages', list], [title]]} />
      {data === undefined ? (
        <>
          <h1>{title}</h1>
          <Waiting failure={failure} />
        </>
      ) : (
        <>
          <PackageHead detail={data} title={title} request={request} />
          {hasFiles && <Switch label="View" choices={tabs} chosen={tab} onChoose={setTab} />}
          {tab === 'files' && hasFiles ? (
            <PackageFilesView path={path} />
          ) : (
            <Overview detail={data} stack={stack} request={request} />
          )}
        </>
      )}
    </>
  );
}

function PackageHead({ detail, title, request }: { detail: PackageDetail; title: string; request: string }) {
  const { signature, problem, tarball, compiler, namespace, builds } = detail;
  const { hash, architecture, name } = detail.package;
  const successful = builds.filter(({ status }) => status === 'success');
  const builder = successful.find(({ trust }) => request !== '' || trust === 'protected') ?? successful[0];
  return (
    <>
      <header class="head">
        <h1>{title}</h1>
        <SignatureTag signature={signature} />
        {request !== '' && <span class="tag">pull request {request}</span>}
      </header>
      {problem !== undefined && <p class="notice">{problem}</p>}
      <Facts
        facts={[
          ['architecture', architecture],
          ['compiler', compiler],
          ['recipe', namespace],
          ['tarball', tarball && formatBytes(tarball.size)],
          [
            'built by',
            builder && (
              <>
                <a href={linkTo.job(builder.job)}>job {builder.job}</a> of{' '}
                <a href={linkTo.pipeline(builder.pipeline)}>pipeline #{builder.pipeline}</a>
              </>
            ),
          ],
        ]}
      />
      {!namespace.startsWith('slipway.') && (
        <Copyable text={`spack install --cache-only ${name}/${hash}`} label="the command for Spack" />
      )}
    </>
  );
}

const signatureWords = { signed: 'signed', unsigned: 'unsigned', invalid: 'not valid' };

function SignatureTag({ signature: { state, fingerprint, key } }: Pick<PackageDetail, 'signature'>) {
  return (
    <span class={`tag signature-${state}`} title={fingerprint}>
      {signatureWords[state]}
      {key === 'accepted' && ' by an earlier key'}
    </span>
  );
}

function Overview({ detail, stack, request }: { detail: PackageDetail; stack: string; request: string }) {
  const { package: own, tarball, signature, images, builds, others } = detail;
  const place = { stack, request };
  return (
    <div class="package-columns">
      <div>
        <Variants variants={own.variants} />
        <Dependencies edges={detail.dependencies} {...place} />
        <Dependents edges={detail.dependents} total={own.dependents} hash={own.hash} {...place} />
      </div>
      <div>
        <Images images={images} stack={stack} hash={own.hash} />
        <Builds builds={builds} />
        <Others others={others} {...place} />
        <Section id="digests" title="Digests and signature">
          <Facts
            facts={[
              ['hash', <code>{own.hash}</code>],
              ['SHA-256', tarball && <code>{tarball.sha256}</code>],
              ['as layer', tarball?.diffId && <code>{tarball.diffId}</code>],
              ['signed by', signature.fingerprint && <code>{signature.fingerprint}</code>],
            ]}
          />
        </Section>
      </div>
    </div>
  );
}

/** The variants of a package, those that are switched off in a faint colour. */
function Variants({ variants }: { variants: string }) {
  const words = variants
    .split(' ')
    .flatMap((word) => (word.match(/^[+~]/) ? (word.match(/[+~][^+~]+/g) ?? []) : [word]));
  const all = words.filter((word) => word !== '');
  if (all.length === 0) return null;
  return (
    <Section id="variants" title="Variants">
      <ul class="variants">
        {all.map((one) => (
          <li key={one} class={one.startsWith('~') ? 'tag off' : 'tag'}>
            {one}
          </li>
        ))}
      </ul>
    </Section>
  );
}
