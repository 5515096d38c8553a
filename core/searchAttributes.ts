/** Names of the search attributes that a run sets; all are keywords. The worker registers them when it starts. */
export const searchAttributeNames = {
  provider: 'OpenAIProvider',
  status: 'OpenAIRunStatus',
  model: 'OpenAIModel',
  providerRunId: 'OpenAIRunId',
} as const;
