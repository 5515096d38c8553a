import { Argument, InvalidArgumentError } from 'commander';

/** The id of an endpoint, which becomes a part of a request's path. */
export function endpointIdArgument(): Argument {
  return new Argument('<id>', 'id of the webhook endpoint, such as whe_…').argParser((text: string) => {
    if (/^[\w-]+$/.test(text)) return text;
    throw new InvalidArgumentError('Expected the id of a webhook endpoint, such as whe_….');
  });
}
