import type { Progress } from './progress.ts';

/** What a way of getting the Temporal CLI is asked for. */
export interface ObtainRequest {
  /** An existing, empty folder to work in; it is removed afterwards. */
  readonly folder: string;
  /** Version of the CLI, without a `v`. */
  readonly version: string;
  readonly env: NodeJS.ProcessEnv;
  readonly progress: Progress;
}

/** What came of it. */
export type Obtained =
  | { readonly kind: 'obtained'; /** Inside the request's folder. */ readonly executable: string }
  | { readonly kind: 'unavailable'; /** Ends without a full stop. */ readonly reason: string };

/** A way of getting the Temporal CLI. */
export type Obtain = (request: ObtainRequest) => Promise<Obtained>;
