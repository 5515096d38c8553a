/** The names of the API's endpoints, as they appear in the log, in counts and in fault rules. */
export const ENDPOINTS = [
  'assistants.create',
  'assistants.list',
  'assistants.retrieve',
  'assistants.update',
  'assistants.delete',
  'threads.create',
  'threads.retrieve',
  'threads.update',
  'threads.delete',
  'threads.createAndRun',
  'messages.create',
  'messages.list',
  'messages.retrieve',
  'messages.update',
  'messages.delete',
  'runs.create',
  'runs.list',
  'runs.retrieve',
  'runs.update',
  'runs.cancel',
  'runs.submitToolOutputs',
] as const;

export type EndpointName = (typeof ENDPOINTS)[number];
