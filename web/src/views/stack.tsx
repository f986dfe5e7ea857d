import type { StackView as Stack } from '../../../src/protocol/index.ts';
import { Crumbs, Section, Waiting, useTitle } from '../parts/page-parts.tsx';
import { useResource } from '../resource.ts';
import { linkTo } from '../router.ts';
import { PipelineTable } from './pipeline-table.tsx';
import { Branches, Images, Requests, StackProblem, applyToStack, refusalsOf } from './stack-parts.tsx';
import '../style/stacks.css';

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
        <a href={linkTo.images(name)}>images</a>
        {data !== undefined && <a href={linkTo.compare(name, data.defaultBranch, '')}>compare</a>}
      </header>
      {data === undefined ? (
        <Waiting failure={failure} />
      ) : (
        <>
          <StackProblem problem={data.problem} />
          <div class="main-and-side">
            <div>
              <Section id="branches" title="Branches">
                <Branches branches={data.branches} />
              </Section>
              <Section id="requests" title="Pull requests">
                <Requests requests={data.requests} />
              </Section>
              <Section id="pipelines" title="Newest pipelines">
                <PipelineTable pipelines={data.pipelines} refusals={refusalsOf(data)} />
              </Section>
            </div>
            <Section id="images" title="Images">
              <Images images={data.images} />
            </Section>
          </div>
        </>
      )}
    </>
  );
}
