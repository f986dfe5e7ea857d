import { Hono } from 'hono';
import {
  rebaseImages,
  retryPublication,
  retryPublications,
  type Coordinator,
  type Publication,
  type RebaseOutcome,
  type Stack,
} from '../../coordinator/index.ts';
import {
  ImageRetryRequest,
  ImageView,
  RebaseRequest,
  viewOf,
  type ImageAction,
  type RebaseView,
} from '../../protocol/index.ts';
import { auditName } from '../access/audit-name.ts';
import { principalOf } from '../access/principal-of.ts';
import { noteRequest } from '../audit-requests.ts';
import { publicationOf } from '../rest/rest-images.ts';
import { answering, readJson } from './request-body.ts';

/** Actions of people on images that exist. */
export function imageActionRoutes(coordinator: Coordinator): Hono {
  const app = new Hono();
  const { context } = coordinator;
  const imageAnswer = (publication: Publication): ImageAction => ({
    ...viewOf(ImageView, publication),
    status: publication.state,
    url: `${context.baseUrl()}/images/${publication.id}`,
  });
  app.post('/api/v1/images/:id{[0-9]+}/retry', (c) => {
    const id = c.req.param('id');
    const stack = context.stacks.get(publicationOf(context, id)?.stack ?? '') as Stack;
    return answering(c, async () => {
      const { replace } = ImageRetryRequest.parse(await readJson(c.req.raw));
      noteRequest(c, { details: { replace } });
      return c.json(imageAnswer(await retryPublication(coordinator, stack, { id, replace })), 202);
    });
  });
  app.post('/api/v1/stacks/:stack/images/retry', (c) =>
    answering(c, () => {
      const stack = context.stacks.get(c.req.param('stack')) as Stack;
      return c.json({ images: retryPublications(coordinator, stack).map(imageAnswer) }, 202);
    }),
  );
  app.post('/api/v1/stacks/:stack/images/rebase', (c) => {
    const stack = context.stacks.get(c.req.param('stack')) as Stack;
    return answering(c, async () => {
      const { images, check: isCheck } = RebaseRequest.parse(await readJson(c.req.raw));
      const sender = principalOf(c);
      const by = { name: auditName(sender), actor: sender.actor };
      const outcomes = await rebaseImages(coordinator, stack, { images, by, isCheck });
      const rebuilt = outcomes.flatMap((one) => one.rebuilt?.id ?? []).join(' ');
      noteRequest(c, { on: images.join(' ') || undefined, details: { check: isCheck, rebuilt } });
      return c.json({ images: outcomes.map((one) => outcomeView(one, imageAnswer)) }, rebuilt === '' ? 200 : 202);
    });
  });
  return app;
}

function outcomeView(
  { publication, state, bases, message, rebuilt }: RebaseOutcome,
  answer: (publication: Publication) => NonNullable<RebaseView['rebuilt']>,
): RebaseView {
  return { image: viewOf(ImageView, publication), state, bases, message, rebuilt: rebuilt && answer(rebuilt) };
}
