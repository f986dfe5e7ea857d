/** Control characters and lone surrogates: databases cut or replace them, and terminals obey them. */
const UNSAFE = /[\p{Cc}\p{Cs}]/u;

/**
 * Whether a text holds no control characters (line breaks included) and no lone surrogates, so that every part stores
 * it as it is.
 */
export function isPlainText(text: string): boolean {
  return !UNSAFE.test(text);
}

/** The text with each character that is not plain written as `\uXXXX`. */
export function escapeControls(text: string): string {
  return isPlainText(text)
    ? text
    : text.replace(new RegExp(UNSAFE, 'gu'), (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Control characters but line breaks and tabs, and characters without a shape, which can hide or reorder others. */
const UNSEEN = /[^\P{Cc}\n\t]|[\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** The text, which may have several lines, with each character that is not seen written as `\u{…}`. */
export function escapeUnseen(text: string): string {
  return text.replace(UNSEEN, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`);
}
