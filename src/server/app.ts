import { join } from 'node:path';
import { Hono } from 'hono';
import type { Push } from '../forge/index.ts';
import { timestamp, type Clock } from '../kit/index.ts';
import {
  acceptManifest,
  isSameToken,
  mirrorCredentials,
  projectNamespace,
  type Coordinator,
} from '../coordinator/index.ts';
import type { Feed } from '../store/index.ts';
import { coordinatorJobService } from './coordinator-job-service.ts';
import { auditFile, gatewayRoutes, mirrorReadRoutes } from './gateway/gateway.ts';
import { refuseForeign } from './foreign-requests.ts';
import { eventRoutes } from './rest/events.ts';
import { gitHttpRoutes } from './routes/git-http.ts';
import { LogGrowth } from './runner-api/log-growth.ts';
import { pageRoutes } from './page.ts';
import { identityRoutes } from './routes/identity.ts';
import { actionRoutes } from './routes/actions.ts';
import { gitHookRoutes } from './routes/git-hooks.ts';
import { githubHookRoutes } from './routes/github-hooks.ts';
import { imageKeyRoutes } from './routes/image-key.ts';
import { throttleTokens } from './token-throttle.ts';
import { registryRoutes } from './registry.ts';
import { answerProblem } from './rest/problem-answer.ts';
import { healthRoutes, restRoutes } from './rest/rest.ts';
import { runnerApiRoutes } from './runner-api/runner-api.ts';
import { jobLeavingsRoutes } from './routes/job-leavings.ts';
import { triggerRoutes } from './routes/trigger.ts';

interface AppOptions {
  /** What changed, for those who watch. */
  readonly feed: Feed;
  /** Folder of the built page. */
  readonly page: string;
  /** Called when a hook says that a stack's remote has something new. */
  wake(stack: string): boolean;
  /** The same, and returns when the look is over. */
  look(stack: string): Promise<void>;
  /** Called whenever the runner of a job run is in contact. */
  readonly onContact?: (run: string) => void;
  /** PATH for the git that serves jobs. */
  readonly path?: string;
}

const DELIVERIES_KEPT_MS = 30 * 24 * 3600 * 1000;

/** The whole server as a function from Request to Response. */
export function createApp(coordinator: Coordinator, options: AppOptions): Hono {
  const { context } = coordinator;
  const { log, stacks, pipelines, tokens, folder } = context;
  const app = new Hono();
  app.use('*', refuseForeign(context), throttleTokens(context.clock));
  app.onError((error, c) => answerProblem(error, c, coordinator));
  const logs = new LogGrowth();
  app.route('/', healthRoutes(coordinator));
  app.route(
    '/',
    runnerApiRoutes(logs.at(coordinatorJobService(coordinator, { onContact: options.onContact })), {
      uploadFolder: folder.temporary,
      log,
      maxArtifactBytes: context.configuration.limits.artifactBytes,
    }),
  );
  app.route(
    '/',
    gatewayRoutes({
      credentials: async (accessKeyId) => mirrorCredentials(context, accessKeyId),
      store: (bucket) => stacks.get(bucket)?.mirror.whole,
      acceptManifest: (grant, key, manifest) => acceptManifest(context, grant, { key, manifest }),
      scratch: folder.temporary,
      kept: join(folder.root, 'gateway'),
      audit: auditFile(join(folder.root, 'audit', 'gateway.jsonl'), { log, clock: context.clock }),
      host: () => new URL(context.baseUrl()).hostname,
      maxObjectBytes: context.configuration.limits.objectBytes,
      log,
    }),
  );
  app.route(
    '/',
    mirrorReadRoutes((bucket) => stacks.get(bucket)?.mirror.whole),
  );
  app.route('/', registryRoutes(folder.images));
  app.route('/', imageKeyRoutes(context));
  const savePush = (stack: string, push: Push): void =>
    context.ledger.savePush(stack, { ...push, at: timestamp(context.clock) });
  app.route(
    '/',
    gitHookRoutes({ tokenOf: (stack) => stacks.get(stack)?.hookToken, save: savePush, wake: options.wake }),
  );
  app.route(
    '/',
    githubHookRoutes({
      secretOf: (stack) => stacks.get(stack)?.webhookSecret,
      save: (stack, delivery) => context.ledger.saveDelivery(stack, { ...delivery, ...deliveryTimes(context.clock) }),
      savePush,
      wake: options.wake,
      log,
    }),
  );
  app.route('/', triggerRoutes(coordinator, { look: options.look }));
  app.route('/', actionRoutes(coordinator));
  app.route('/', identityRoutes(context));
  app.route('/', restRoutes(coordinator));
  app.route('/', jobLeavingsRoutes(coordinator));
  app.route('/', eventRoutes(coordinator, { feed: options.feed, logs }));
  app.route(
    '/',
    gitHttpRoutes(
      (project, token) => {
        const name = project.startsWith(`${projectNamespace}/`)
          ? project.slice(projectNamespace.length + 1)
          : undefined;
        const stack = name === undefined ? undefined : stacks.get(name);
        const isJob = pipelines
          .runsInStatus(['running', 'canceling'])
          .some((run) => pipelines.record(run.pipeline)?.stack === name && isSameToken(token, tokens.jobToken(run.id)));
        return stack !== undefined && isJob ? { repository: stack.forge.repository } : undefined;
      },
      { log, path: options.path },
    ),
  );
  // Last: its views begin with `/stacks/`, as the repositories of git do.
  app.route('/', pageRoutes(options.page));
  return app;
}

function deliveryTimes(clock: Clock): { at: string; keepAfter: string } {
  return { at: timestamp(clock), keepAfter: timestamp({ now: () => clock.now() - DELIVERIES_KEPT_MS }) };
}
