import { Link } from './link.ts';

/** The networks between two sorts of processes, by who calls whom. */
export const linkNames = [
  'worker-temporal',
  'worker-simulator',
  'worker-counter',
  'bridge-temporal',
  'bridge-simulator',
  'simulator-bridge',
  'client-temporal',
] as const;
export type LinkName = (typeof linkNames)[number];

export type Links = Readonly<Record<LinkName, Link>> & {
  /** Ends all faults of all links. */
  mend(): void;
  close(): Promise<void>;
};

/** @param ports where the processes really listen */
export async function openLinks(ports: {
  readonly temporal: number;
  readonly simulator: number;
  readonly counter: number;
  readonly bridges: readonly number[];
}): Promise<Links> {
  const links: Record<LinkName, Link> = {
    'worker-temporal': await Link.open([ports.temporal]),
    'worker-simulator': await Link.open([ports.simulator]),
    'worker-counter': await Link.open([ports.counter]),
    'bridge-temporal': await Link.open([ports.temporal]),
    'bridge-simulator': await Link.open([ports.simulator]),
    'simulator-bridge': await Link.open(ports.bridges),
    'client-temporal': await Link.open([ports.temporal]),
  };
  return {
    ...links,
    mend() {
      for (const link of Object.values(links)) link.mend();
    },
    async close() {
      await Promise.all(Object.values(links).map((link) => link.close()));
    },
  };
}
