import type { DestinationList, StackList, StackView } from '../../../src/protocol/index.ts';
import type { LiveMessage } from '../live.ts';
import { Empty, Waiting, useTitle } from '../parts/page-parts.tsx';
import { Moment } from '../parts/times.tsx';
import { useResource } from '../resource.ts';
import { linkTo } from '../router.ts';
import { Branches, Images, Requests, StackProblem, applyToStack } from './stack-parts.tsx';
import '../style/stacks.css';

/** The start page: every stack with its pull requests, branches and images. */
export function StacksView() {
  useTitle('');
  const { data, failure } = useResource<StackList>('/stacks', apply);
  if (data === undefined) return <Waiting failure={failure} />;
  return (
    <>
      <h1 class="visually-hidden">Stacks</h1>
      <FailingDestinations />
      {data.stacks.length === 0 && <Empty>This server has no stack. Add one to `slipway.server.yaml`.</Empty>}
      {data.stacks.map((stack) => (
        <StackCard key={stack.name} stack={stack} />
      ))}
    </>
  );
}

/** Shows the destinations that have failed for a long time, to users who may see them. */
function FailingDestinations() {
  const { data } = useResource<DestinationList>('/notifications', (list) => list);
  const failing = data?.destinations.filter(({ failsForLong }) => failsForLong) ?? [];
  return (
    <>
      {failing.map(({ name, failingSince, waiting, problem }) => (
        <p key={name} class="notice" role="alert">
          Notifications to {name} have failed since <Moment at={failingSince ?? ''} />.{' '}
          {waiting === 1 ? 'One event is' : `${waiting} events are`} waiting. {problem}
        </p>
      ))}
    </>
  );
}

function StackCard({ stack }: { stack: StackView }) {
  return (
    <section class="stack-card" aria-labelledby={`stack-${stack.name}`}>
      <header class="head">
        <h2 id={`stack-${stack.name}`}>
          <a href={linkTo.stack(stack.name)}>{stack.name}</a>
        </h2>
        <span class="faint remote">{stack.remote}</span>
        <a href={linkTo.packages(stack.name)}>packages</a>
      </header>
      <StackProblem problem={stack.problem} />
      <div class="columns">
        <section aria-label={`Pull requests of ${stack.name}`}>
          <h3>Pull requests</h3>
          <Requests requests={stack.requests.slice(0, 8)} />
        </section>
        <section aria-label={`Branches of ${stack.name}`}>
          <h3>Branches</h3>
          <Branches branches={stack.branches} />
        </section>
        <section aria-label={`Images of ${stack.name}`}>
          <h3>Images</h3>
          <Images images={stack.images.slice(0, 8)} />
        </section>
      </div>
    </section>
  );
}

function apply(list: StackList, message: LiveMessage): StackList | 'reload' {
  const changed = list.stacks.map((stack) => applyToStack(stack, message));
  if (changed.includes('reload')) return 'reload';
  return changed.every((stack, index) => stack === list.stacks[index]) ? list : { stacks: changed as StackView[] };
}
