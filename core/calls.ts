/** The kinds of provider calls that are counted: each is one HTTP request against the account's quota. */
export const callKinds = [
  'prepare',
  'create',
  'find',
  'retrieve',
  'submitToolOutputs',
  'cancel',
  'readOutput',
] as const;
export type CallKind = (typeof callKinds)[number];

/** Requests sent, by kind; a kind that is absent was not called. */
export type CallCounts = { readonly [Kind in CallKind]?: number };

export function addCalls(a: CallCounts, b: CallCounts): CallCounts {
  const sum: { [Kind in CallKind]?: number } = {};
  for (const kind of callKinds) {
    const count = (a[kind] ?? 0) + (b[kind] ?? 0);
    if (count > 0) sum[kind] = count;
  }
  return sum;
}

export function totalCalls(counts: CallCounts): number {
  return callKinds.reduce((total, kind) => total + (counts[kind] ?? 0), 0);
}
