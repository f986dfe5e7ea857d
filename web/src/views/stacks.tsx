import type { StackList, StackView } from '../../../src/protocol/index.ts';
import type { LiveMessage } from '../live.ts';
import { Empty, Waiting, useTitle } from '../parts/page-parts.tsx';
import { useResource } from '../resource.ts';
import { linkTo } from '../router.ts';
import { Attention } from './attention.tsx';
import { Branches, Images, Requests, StackProblem, applyToStack } from './stack-parts.tsx';
import '../style/stacks.css';

/** Requests and images of a stack that are listed. */
const SHOWN = 8;

/** The first page: what waits for a person, then every stack with its branches, pull requests and images. */
export function StacksView() {
  useTitle('');
  const { data, failure } = useResource<StackList>('/stacks', apply);
  if (data === undefined) return <Waiting failure={failure} />;
  return (
    <>
      <h1 class="visually-hidden">Stacks</h1>
      <Attention />
      {data.stacks.length === 0 && <NoStack />}
      {data.stacks.map((stack) => (
        <StackCard key={stack.name} stack={stack} />
      ))}
    </>
  );
}

function NoStack() {
  return (
    <Empty>
      No stack is shown. Add one to <code>slipway.server.yaml</code>, as{' '}
      <a href="/docs/tutorials/first-image.html">the first tutorial</a> describes, or <a href="/sign-in">sign in</a> to
      see private ones.
    </Empty>
  );
}

function StackCard({ stack }: { stack: StackView }) {
  const { name, remote, branches, requests, images } = stack;
  return (
    <section class="stack-card" aria-labelledby={`stack-${name}`}>
      <header class="head">
        <h2 id={`stack-${name}`}>
          <a href={linkTo.stack(name)}>{name}</a>
        </h2>
        <span class="faint remote">{remote}</span>
        <a href={linkTo.packages(name)}>packages</a>
        <a href={linkTo.images(name)}>images</a>
        <a href={linkTo.compare(name, stack.defaultBranch, '')}>compare</a>
      </header>
      <StackProblem problem={stack.problem} />
      <div class="main-and-side">
        <div>
          <section aria-label={`Branches of ${name}`}>
            <h3>Branches</h3>
            <Branches branches={branches} />
          </section>
          <section aria-label={`Pull requests of ${name}`}>
            <h3>Pull requests</h3>
            <Requests requests={requests.slice(0, SHOWN)} />
          </section>
        </div>
        <section aria-label={`Images of ${name}`}>
          <h3>Images</h3>
          <Images images={images.slice(0, SHOWN)} />
        </section>
      </div>
      {(requests.length > SHOWN || images.length > SHOWN) && (
        <p>
          <a href={linkTo.stack(name)}>All requests and images of {name}</a>
        </p>
      )}
    </section>
  );
}

function apply(list: StackList, message: LiveMessage): StackList | 'reload' {
  const changed = list.stacks.map((stack) => applyToStack(stack, message));
  if (changed.includes('reload')) return 'reload';
  return changed.every((stack, index) => stack === list.stacks[index]) ? list : { stacks: changed as StackView[] };
}
