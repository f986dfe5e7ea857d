import type { StackView as Stack } from '../../../src/protocol/index.ts';
import { Crumbs, Waiting, useTitle } from '../parts/page-parts.tsx';
import { useResource } from '../resource.ts';
import { linkTo } from '../router.ts';
import { Branches, Images, PipelineTable, Requests, StackProblem, applyToStack } from './stack-parts.tsx';

export function StackPage({ name }: { name: string }) {
  useTitle(name);
  const { data, failure } = useResource<Stack>(`/stacks/${encodeURIComponent(name)}`, applyToStack);
  return (
    <>
      <Crumbs steps={[['Stacks', '/'], [name]]} />
      <header class="head">
        <h1>{name}</h1>
        {data !== undefined && <span class="faint remote">{data.remote}</span>}
        <a href={linkTo.packages(name)}>packages on the mirror</a>
      </header>
      {data === undefined ? (
        <Waiting failure={failure} />
      ) : (
        <>
          <StackProblem problem={data.problem} />
          <div class="columns">
            <section aria-labelledby="requests">
              <h2 id="requests">Pull requests</h2>
              <Requests requests={data.requests} />
            </section>
            <section aria-labelledby="branches">
              <h2 id="branches">Branches</h2>
              <Branches branches={data.branches} />
            </section>
            <section aria-labelledby="images">
              <h2 id="images">Images</h2>
              <Images images={data.images} />
            </section>
          </div>
          <section aria-labelledby="pipelines">
            <h2 id="pipelines">Newest pipelines</h2>
            <PipelineTable stack={data} />
          </section>
        </>
      )}
    </>
  );
}
