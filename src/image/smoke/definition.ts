import * as z from 'zod';

const Command = z.union([
  z.string().min(1).describe('For `/bin/sh -c` of the image'),
  z.array(z.string()).min(1).describe('A program and its arguments; needs no shell'),
]);

const Try = z.strictObject({
  run: Command,
  output: z
    .string()
    .refine(isExpression, 'not a valid regular expression')
    .optional()
    .describe('Regular expression that its standard output must match'),
  timeout: z.int().min(1).max(3600).default(300).describe('Seconds'),
});

/** Tests of an image before any tag names it. */
export const SmokeTest = z.strictObject({
  commands: z
    .array(z.union([Command, Try]))
    .default([])
    .describe('Commands that must end with status 0 in the image; they have its files, its variables and no network'),
  libraries: z
    .boolean()
    .default(true)
    .describe('Whether every program and library of the packages must find in the image what it needs'),
  ignore: z
    .array(z.string().min(1))
    .default([])
    .describe('Libraries, with `*`, that the machine brings, as `libcuda.so.*`'),
});
export type SmokeTest = z.infer<typeof SmokeTest>;

export interface SmokeCommand {
  /** A text for the shell, or the words of a program. */
  readonly run: string | readonly string[];
  readonly output?: string;
  /** Seconds. */
  readonly timeout: number;
}

export function commandsOf({ commands }: SmokeTest): readonly SmokeCommand[] {
  return commands.map((one) => (typeof one === 'string' || Array.isArray(one) ? { run: one, timeout: 300 } : one));
}

function isExpression(text: string): boolean {
  try {
    return new RegExp(text, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}
