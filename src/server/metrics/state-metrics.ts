import { waitingJobs, type Coordinator } from '../../coordinator/index.ts';
import type { NotificationLedger } from '../../notify/index.ts';
import { destinationViews } from '../notifications/destination-views.ts';
import { runnerState } from '../rest/rest-runners.ts';
import { gauge, type Metric, type Sample } from './open-metrics.ts';

/** Returns what the store and the memory of the server hold now. It costs what is active, not what ever was. */
export function stateMetrics(coordinator: Coordinator, notifications: NotificationLedger): readonly Metric[] {
  const { context } = coordinator;
  const { stacks, ledger, pipelines, runners, configuration, clock, drain } = context;
  const ofStacks = (samples: (stack: string) => readonly Sample[]) => [...stacks.keys()].flatMap(samples);
  const active = pipelines.runsInStatus(['running', 'canceling', 'pending', 'waiting_for_resource', 'scheduled']);
  const stackOf = (pipeline: string) => pipelines.record(pipeline)?.stack ?? '';
  const destinations = destinationViews(configuration, notifications, clock);
  return [
    gauge(
      'slipway_jobs',
      'Jobs that are active, by status.',
      counts(active, ({ pipeline, status }) => ({ stack: stackOf(pipeline), status })),
    ),
    ...queueMetrics(coordinator),
    gauge('slipway_draining', 'Whether runners get no more jobs, since the server is about to end.', [
      { value: drain.since === undefined ? 0 : 1 },
    ]),
    gauge(
      'slipway_runners',
      'Runners of the configuration, by state.',
      counts(runners.all(), (known) => ({ state: runnerState(context, known).state })),
    ),
    gauge(
      'slipway_publications',
      'Images that are not published, by state.',
      ofStacks((stack) =>
        (['waiting', 'failed'] as const).map((state) => ({
          labels: { stack, state },
          value: ledger.publications(stack, state).length,
        })),
      ),
    ),
    gauge(
      'slipway_statuses_unposted',
      'Statuses that the forge does not have yet.',
      ofStacks((stack) => [{ labels: { stack }, value: ledger.unpostedStatuses(stack).length }]),
    ),
    gauge(
      'slipway_notifications_waiting',
      'Events that were not delivered yet.',
      destinations.map(({ name, waiting }) => ({ labels: { destination: name }, value: waiting })),
    ),
  ];
}

function queueMetrics(coordinator: Coordinator): readonly Metric[] {
  const waiting = waitingJobs(coordinator);
  const now = coordinator.context.clock.now();
  const oldest = new Map<string, number>();
  for (const { record, since } of waiting) {
    const age = Math.max(0, (now - Date.parse(since ?? '')) / 1000) || 0;
    oldest.set(record.stack, Math.max(oldest.get(record.stack) ?? 0, age));
  }
  const stacks = [...coordinator.context.stacks.keys()];
  return [
    gauge(
      'slipway_queue_jobs',
      'Jobs that are ready and wait, by what they wait for.',
      counts(waiting, ({ record, wait }) => ({ stack: record.stack, waits_for: wait.kind })),
    ),
    gauge(
      'slipway_queue_oldest_seconds',
      'How long the first of them has waited.',
      stacks.map((stack) => ({ labels: { stack }, value: oldest.get(stack) ?? 0 })),
    ),
  ];
}

/** Returns how many of something have the same labels. */
function counts<T>(all: readonly T[], labelsOf: (one: T) => Readonly<Record<string, string>>): readonly Sample[] {
  const known = new Map<string, { labels: Readonly<Record<string, string>>; value: number }>();
  for (const one of all) {
    const labels = labelsOf(one);
    const key = JSON.stringify(labels);
    known.set(key, { labels, value: (known.get(key)?.value ?? 0) + 1 });
  }
  return [...known.values()];
}
