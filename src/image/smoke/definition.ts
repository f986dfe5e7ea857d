import * as z from 'zod';

const Command = z.union([
  z.string().min(1).describe('Command for `/bin/sh -c` in the image'),
  z.array(z.string()).min(1).describe('A program and its arguments, without a shell'),
]);

const Try = z.strictObject({
  run: Command,
  output: z
    .string()
    .refine(isExpression, 'not a valid regular expression')
    .optional()
    .describe('Regular expression that its standard output must match'),
  timeout: z.int().min(1).max(3600).default(300).describe('Seconds after which the command fails'),
});

/** Tests of an image before any tag names it. */
export const SmokeTest = z.strictObject({
  commands: z
    .array(z.union([Command, Try]))
    .default([])
    .describe(
      'Commands that must exit with status 0. They run with the files and variables of the image, and without ' +
        'network',
    ),
  libraries: z
    .boolean()
    .default(true)
    .describe('Whether all libraries that the programs and libraries of the packages need must be in the image'),
  ignore: z
    .array(z.string().min(1))
    .default([])
    .describe('Libraries that the host provides, such as `libcuda.so.*`; `*` matches any text'),
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
