import type { JobResponse } from '../protocol/index.ts';

/** Returns what a job asks for that a shell of this machine does not give, in words for its log. */
export function shellWarnings({ image, services }: Pick<JobResponse, 'image' | 'services'>): readonly string[] {
  const names = services.map(({ alias, name }) => `\`${alias ?? name}\``).join(', ');
  return [
    ...(image
      ? [`jobs run in shells of this machine, so the image \`${image.name}\` is not used, nor is any other`]
      : []),
    ...(names === ''
      ? []
      : [`services are not started: ${names}. Use a runner with containers, or start them yourself`]),
  ];
}
