import { join } from 'node:path';
import { Hono } from 'hono';
import type { Access } from '../access/index.ts';
import { timestamp } from '../kit/index.ts';
import {
  acceptManifest,
  externalCredentials,
  mirrorCredentials,
  projectNamespace,
  type Coordinator,
} from '../coordinator/index.ts';
import type { NotificationLedger } from '../notify/index.ts';
import type { Feed } from '../store/index.ts';
import { authorize } from './access/authorize.ts';
import { checkRoutes } from './access/check-routes.ts';
import { jobPrincipal } from './access/job-principal.ts';
import { hasPrivateStack, isHiddenStack } from './access/principal-of.ts';
import { signInRoutes } from './access/sign-in-routes.ts';
import { tokenMirrorCredentials } from './access/token-grant.ts';
import { tokenRoutes } from './access/token-routes.ts';
import { coordinatorJobService } from './runner-api/coordinator-job-service.ts';
import { recordRequests } from './audit-requests.ts';
import { gatewayRoutes } from './gateway/gateway.ts';
import { refuseForeign } from './foreign-requests.ts';
import { eventRoutes } from './rest/events.ts';
import { gitHttpRoutes } from './routes/git-http.ts';
import { LogGrowth } from './runner-api/log-growth.ts';
import { mirrorReadRoutes } from './mirror-read.ts';
import { documentationRoutes, missingPage, pageRoutes } from './page.ts';
import { externalIdentityRoutes } from './routes/external-identity.ts';
import { identityRoutes } from './routes/identity.ts';
import { actionRoutes } from './routes/actions.ts';
import { imageActionRoutes } from './routes/image-actions.ts';
import { gitHookRoutes } from './routes/git-hooks.ts';
import { imageKeyRoutes } from './routes/image-key.ts';
import { throttleTokens } from './token-throttle.ts';
import { findAddresses } from './remote-address.ts';
import { metricsRoutes } from './metrics/metrics-routes.ts';
import { MirrorMetrics } from './metrics/mirror-metrics.ts';
import { RequestMetrics } from './metrics/request-metrics.ts';
import { registryRoutes } from './registry.ts';
import { entityTags } from './rest/entity-tags.ts';
import { answerProblem } from './rest/problem-answer.ts';
import { attentionRoutes } from './rest/rest-attention.ts';
import { notificationRoutes } from './rest/rest-notifications.ts';
import { healthRoutes, restRoutes } from './rest/rest.ts';
import { answerUnknownRoute } from './rest/unknown-route.ts';
import { registrationRoutes } from './runner-api/runner-registration.ts';
import { runnerApiRoutes } from './runner-api/runner-api.ts';
import { quotaRoutes } from './routes/quotas.ts';
import { jobTokenRoutes } from './routes/job-token.ts';
import { jobArtifactRoutes } from './routes/job-artifacts.ts';
import { DeliveryBatches } from './routes/delivery-batches.ts';
import { runnerRoutes } from './routes/runners.ts';
import { triggerRoutes } from './routes/trigger.ts';
import { webhookRoutes } from './routes/webhooks.ts';

interface AppOptions {
  /** Tokens and sessions. */
  readonly access: Access;
  /** Changes of pipelines, jobs, statuses and images. */
  readonly feed: Feed;
  /** Notifications that wait. */
  readonly notifications: NotificationLedger;
  /** Folder of the built page. */
  readonly page: string;
  /** Folder of the built documentation. */
  readonly documentation?: string;
  /** Polls a stack's remote soon. False if there is no such stack. */
  wake(stack: string): boolean;
  /** Polls a stack's remote; resolves when that is done. */
  poll(stack: string): Promise<void>;
  /** Called whenever the runner of a job run sends a request for it. */
  readonly onContact?: (run: string) => void;
  /** PATH for the git that serves jobs. */
  readonly path?: string;
}

const DELIVERIES_KEPT_MS = 30 * 24 * 3600 * 1000;

/** Returns the whole server as a function from Request to Response. */
export function createApp(coordinator: Coordinator, options: AppOptions): Hono {
  const { access, feed, page, documentation, wake, poll, onContact, path } = options;
  const { context } = coordinator;
  const { log, stacks, folder, clock, configuration, ledger, audit } = context;
  const app = new Hono();
  const requests = new RequestMetrics();
  const mirrors = new MirrorMetrics(context);
  app.use('*', requests.middleware());
  app.use('*', findAddresses(configuration), recordRequests(audit), refuseForeign(context));
  app.use('*', throttleTokens(clock), authorize({ context, access }));
  app.use('/api/v1/*', entityTags());
  app.onError((error, c) => answerProblem(error, c, context));
  app.notFound(async (c) => (await missingPage(c, page)) ?? answerUnknownRoute(c, app, context));
  const logs = new LogGrowth();
  const keepAfter = () => timestamp({ now: () => clock.now() - DELIVERIES_KEPT_MS });
  const deliveries = new DeliveryBatches({ ledger, keepAfter });
  const mirrorOf = (bucket: string) => stacks.get(bucket)?.mirror.whole;
  const parts = [
    healthRoutes(context),
    runnerApiRoutes(coordinatorJobService(coordinator, { onContact, onLog: (run, size) => logs.grown(run, size) }), {
      uploadFolder: folder.temporary,
      log,
      maxArtifactBytes: configuration.limits.artifactBytes,
    }),
    registrationRoutes(context),
    gatewayRoutes({
      credentials: async (key) =>
        mirrorCredentials(context, key) ??
        (await externalCredentials(context, key)) ??
        tokenMirrorCredentials(context, access, key),
      store: mirrorOf,
      acceptManifest: (grant, key, manifest) => {
        audit.require();
        return acceptManifest(context, grant, { key, manifest });
      },
      scratch: folder.temporary,
      kept: join(folder.root, 'gateway'),
      audit: (entry) => {
        mirrors.observe(entry);
        audit.record(entry);
      },
      host: () => new URL(context.baseUrl()).hostname,
      maxObjectBytes: configuration.limits.objectBytes,
      log,
    }),
    mirrorReadRoutes(mirrorOf),
    registryRoutes(folder.images, () => !hasPrivateStack(context)),
    imageKeyRoutes(context),
    gitHookRoutes({
      isHidden: (stack) => isHiddenStack(context, stack),
      tokenOf: (stack) => stacks.get(stack)?.hookToken,
      save: (stack, push) => ledger.savePush(stack, { ...push, at: timestamp(clock) }),
      wake,
    }),
    webhookRoutes({
      stacks,
      save: (stack, delivery) => deliveries.save({ ...delivery, stack, at: timestamp(clock) }),
      wake,
      log,
    }),
    signInRoutes(context, access),
    tokenRoutes(access, context.tokens),
    runnerRoutes(context),
    triggerRoutes(coordinator, poll),
    externalIdentityRoutes(coordinator, poll),
    actionRoutes(coordinator),
    imageActionRoutes(coordinator),
    quotaRoutes(coordinator, wake),
    identityRoutes(context),
    restRoutes(coordinator),
    notificationRoutes(context, options.notifications),
    attentionRoutes(coordinator, options.notifications),
    jobArtifactRoutes(coordinator),
    jobTokenRoutes(coordinator),
    metricsRoutes(coordinator, { notifications: options.notifications, requests, mirrors }),
    eventRoutes(context, { feed, logs, onOpen: () => requests.streamOpened() }),
    gitHttpRoutes(
      (project, token) => {
        const prefix = `${projectNamespace}/`;
        const name = project.startsWith(prefix) ? project.slice(prefix.length) : '';
        const isJob = jobPrincipal(context, token)?.job?.stack === name;
        return isJob ? stacks.get(name)?.forge.repository : undefined;
      },
      { log, path },
    ),
    documentationRoutes(documentation),
    // Last: its views begin with `/stacks/`, as the repositories of git do.
    pageRoutes(page),
  ];
  for (const routes of parts) app.route('/', routes);
  checkRoutes(app);
  return app;
}
