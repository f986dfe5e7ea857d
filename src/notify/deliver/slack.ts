import type { SlackChannel } from '../destination.ts';
import { headlineOf, type Message, type NotifiedEvent } from '../event.ts';
import type { HttpRequest } from './post.ts';

/** Slack takes 3,000 characters in a section. */
const LONGEST = 2000;

/** Returns a message as blocks for Slack, and as text for services without blocks, such as Mattermost. */
export function slackRequest({ url }: SlackChannel, message: Message): HttpRequest {
  const texts = message.events.map(markdownOf);
  const blocks = texts.map((text) => ({ type: 'section', text: { type: 'mrkdwn', text } }));
  const headline = message.events.length === 1 ? [] : [escaped(headlineOf(message))];
  const body = JSON.stringify({ text: [...headline, ...texts].join('\n\n'), blocks });
  return { url: url.reveal(), headers: {}, body };
}

function markdownOf({ title, text, url, type }: NotifiedEvent): string {
  const mark = type.endsWith('.failed') ? ':x:' : ':white_check_mark:';
  return `${mark} *<${url}|${escaped(title)}>*\n${escaped(text.slice(0, LONGEST))}`;
}

/** https://docs.slack.dev/messaging/formatting-message-text: without these characters no text can mention people. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
