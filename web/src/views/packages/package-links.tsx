import type { ComponentChildren } from 'preact';
import type { ContainingImage, PackageBuild, PackageEdge, PackageView } from '../../../../src/protocol/index.ts';
import { Empty, Section } from '../../parts/page-parts.tsx';
import { Status } from '../../parts/status.tsx';
import { Ago, DurationText } from '../../parts/times.tsx';
import { linkTo } from '../../router.ts';

interface LinkPlace {
  readonly stack: string;
  /** Number of the pull request whose mirror is shown; empty for the protected one. */
  readonly request: string;
}

/** Rows that are shown before the rest is folded. */
const SHOWN = 12;

/** A list whose later rows are folded. */
function Rows({ rows, word }: { rows: readonly ComponentChildren[]; word: string }) {
  const list = (some: readonly ComponentChildren[]) => (
    <ul class="package-links">
      {some.map((row, index) => (
        <li key={index}>{row}</li>
      ))}
    </ul>
  );
  return (
    <>
      {list(rows.slice(0, SHOWN))}
      {rows.length > SHOWN && (
        <details>
          <summary>
            {rows.length - SHOWN} more {word}
          </summary>
          {list(rows.slice(SHOWN))}
        </details>
      )}
    </>
  );
}

export function Dependencies({ edges, ...place }: LinkPlace & { edges: readonly PackageEdge[] }) {
  const isLater = ({ types }: PackageEdge) => types.some((type) => type === 'link' || type === 'run');
  const [later, build] = [edges.filter(isLater), edges.filter((edge) => !isLater(edge))];
  const row = (edge: PackageEdge) => <Edge edge={edge} {...place} />;
  return (
    <Section id="dependencies" title={`Depends on ${edges.length}`}>
      {edges.length === 0 && <Empty>It depends on no other package.</Empty>}
      <Rows rows={later.map(row)} word="dependencies" />
      {build.length > 0 && (
        <details>
          <summary>{build.length} for its build only</summary>
          <Rows rows={build.map(row)} word="dependencies" />
        </details>
      )}
    </Section>
  );
}

interface DependentsOptions extends LinkPlace {
  readonly edges: readonly PackageEdge[];
  readonly total: number;
  readonly hash: string;
}

export function Dependents({ edges, total, hash, ...place }: DependentsOptions) {
  const search = new URLSearchParams({ q: `^/${hash}`, ...(place.request !== '' && { request: place.request }) });
  return (
    <Section id="dependents" title={`Used by ${total}`}>
      {total === 0 && <Empty>No package on the mirror depends on it.</Empty>}
      <Rows
        rows={edges.map((edge) => (
          <Edge edge={edge} {...place} />
        ))}
        word="packages"
      />
      {total > 0 && (
        <p>
          <a href={`${linkTo.packages(place.stack)}?${search.toString()}`}>
            All packages that need it, also through others
          </a>
        </p>
      )}
    </Section>
  );
}

function Edge({ edge, stack, request }: LinkPlace & { edge: PackageEdge }) {
  const { name, version, hash, types, mirror } = edge;
  const text = (
    <>
      {name}
      <span class="faint">@{version}</span>
    </>
  );
  return (
    <>
      {mirror === 'none' ? (
        <span>{text}</span>
      ) : (
        <a href={linkTo.package(stack, hash, mirror === 'this' ? request : '')}>{text}</a>
      )}
      <code class="faint">/{hash.slice(0, 7)}</code>
      <span class="faint end">{mirror === 'none' ? 'not on the mirror' : types.join(', ')}</span>
    </>
  );
}

export function Others({ others, ...place }: LinkPlace & { others: readonly PackageView[] }) {
  if (others.length === 0) return null;
  const rows = others.map(({ name, version, hash, variants }) => (
    <>
      <a href={linkTo.package(place.stack, hash, place.request)}>
        {name}
        <span class="faint">@{version}</span>
      </a>
      <code class="faint">/{hash.slice(0, 7)}</code>
      <span class="faint end cut" title={variants}>
        {variants}
      </span>
    </>
  ));
  return (
    <Section id="others" title={`Other builds of this package, ${others.length}`}>
      <Rows rows={rows} word="builds" />
    </Section>
  );
}

export function Images({ images, stack, hash }: { images: readonly ContainingImage[]; stack: string; hash: string }) {
  const rows = images.map(({ id, repository, tag, state, createdAt }) => (
    <>
      <a href={linkTo.image(id)}>
        {repository}:{tag}
      </a>
      {state === 'removed' && <span class="tag">removed</span>}
      <span class="faint end">
        <Ago at={createdAt} />
      </span>
    </>
  ));
  return (
    <Section id="images" title={`In ${images.length} ${images.length === 1 ? 'image' : 'images'}`}>
      {images.length === 0 && <Empty>No published image contains it.</Empty>}
      <Rows rows={rows} word="images" />
      {images.length > 0 && (
        <p>
          <a href={`${linkTo.images(stack)}?contains=${hash}`}>Every image that contained it</a>
        </p>
      )}
    </Section>
  );
}

export function Builds({ builds }: { builds: readonly PackageBuild[] }) {
  const rows = builds.map(({ job, status, pipeline, ref, pullRequest, startedAt, finishedAt }) => (
    <>
      <Status status={status} />
      <a href={linkTo.job(job)}>job {job}</a>
      <a href={linkTo.pipeline(pipeline)}>pipeline #{pipeline}</a>
      <span class="faint">{pullRequest === undefined ? ref : `pull request ${pullRequest}`}</span>
      <span class="faint end">
        <DurationText from={startedAt} to={finishedAt} />
        {finishedAt !== undefined && (
          <>
            {', '}
            <Ago at={finishedAt} />
          </>
        )}
      </span>
    </>
  ));
  return (
    <Section id="builds" title="Builds">
      {builds.length === 0 && <Empty>No job of this server has built it.</Empty>}
      <Rows rows={rows} word="builds" />
    </Section>
  );
}
