import type { ComponentChildren } from 'preact';
import type { Route } from './router.ts';
import { ActivityView } from './views/activity/activity.tsx';
import { ComparePage } from './views/compare/compare.tsx';
import { ImageDifferencePage } from './views/images/image-difference.tsx';
import { ImagePage } from './views/images/image.tsx';
import { ImagesView } from './views/images/images.tsx';
import { JobPage } from './views/job/job.tsx';
import { PackagePage } from './views/packages/package.tsx';
import { PackagesView } from './views/packages/packages.tsx';
import { PipelinePage } from './views/pipeline/pipeline.tsx';
import { QueueView } from './views/queue/queue.tsx';
import { RequestPage } from './views/request.tsx';
import { RunnersView } from './views/runners.tsx';
import { SettingsView } from './views/settings.tsx';
import { SignInView } from './views/sign-in.tsx';
import { StackPage } from './views/stack.tsx';
import { StacksView } from './views/stacks.tsx';
import { TrendsView } from './views/trends/trends.tsx';

/** Every page, by the pattern of its path. The server returns the document for them: `src/server/page.ts`. */
const pages = [
  page('/', () => <StacksView />),
  page('/stacks/:stack', ({ stack }) => <StackPage name={stack} />),
  page('/stacks/:stack/images', ({ stack }) => <ImagesView stack={stack} />),
  page('/stacks/:stack/packages', ({ stack }) => <PackagesView stack={stack} />),
  page('/stacks/:stack/packages/:hash', ({ stack, hash }) => <PackagePage stack={stack} hash={hash} />),
  page('/stacks/:stack/compare', ({ stack }) => <ComparePage stack={stack} />),
  page('/stacks/:stack/requests/:number', ({ stack, number }) => <RequestPage stack={stack} number={number} />),
  page('/pipelines/:id', ({ id }) => <PipelinePage id={id} />),
  page('/jobs/:id', ({ id }) => <JobPage id={id} />),
  page('/images/:id', ({ id }) => <ImagePage id={id} />),
  page('/images/:id/diff/:other', ({ id, other }) => <ImageDifferencePage id={id} other={other} />),
  page('/runners', () => <RunnersView />),
  page('/queue', () => <QueueView />),
  page('/trends', () => <TrendsView />),
  page('/activity', () => <ActivityView />),
  page('/settings', () => <SettingsView />),
  page('/sign-in', () => <SignInView />),
];

export const patterns = pages.map(({ pattern }) => pattern);

export function Page({ route }: { route: Route | undefined }) {
  const found = pages.find(({ pattern }) => pattern === route?.pattern);
  return <>{found === undefined ? <NotFound /> : found.show(route?.params ?? {})}</>;
}

interface PageEntry {
  readonly pattern: string;
  readonly show: (params: Route['params']) => ComponentChildren;
}

/** The names of a pattern's parameters. */
type Names<P extends string> = P extends `${string}:${infer Name}/${infer Rest}`
  ? Name | Names<Rest>
  : P extends `${string}:${infer Name}`
    ? Name
    : never;

function page<P extends string>(
  pattern: P,
  show: (params: Readonly<Record<Names<P>, string>>) => ComponentChildren,
): PageEntry {
  return { pattern, show: show as PageEntry['show'] };
}

function NotFound() {
  return (
    <>
      <h1>Page not found</h1>
      <p>No page of the dashboard has this address. Check it for a typing error, or start from a list:</p>
      <p>
        <a href="/">all stacks</a>, <a href="/queue">the queue</a>, <a href="/activity">recent activity</a>
      </p>
    </>
  );
}
