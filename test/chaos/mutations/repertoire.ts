import { keyPlace, quoteKey } from '../../../chaos/injections/api.ts';
import { last, type Injection } from '../../../chaos/injections/injection.ts';
import { kinds, type KindOfRun, type Provider } from '../../../chaos/kinds.ts';

/** Kinds of the campaign by name, with one provider alone if it is given. */
export function kindsCalled(names: readonly string[], provider?: Provider): KindOfRun[] {
  return kinds
    .filter(({ name }) => names.includes(name))
    .map((kind) => (provider === undefined ? kind : { ...kind, providers: [provider] }));
}

/** The same kind with short deadlines, and hardly any patience for a cancel. */
export function impatient(kind: KindOfRun): KindOfRun {
  return {
    ...kind,
    build(id, provider, random) {
      const sketch = kind.build(id, provider, random);
      const policy = {
        ...sketch.input.policy,
        deadlines: { totalMs: 3_000 },
        cancel: { confirmMs: 500 },
      };
      return { ...sketch, input: { ...sketch.input, policy } };
    },
  };
}

/** Webhooks that come meanwhile cannot be handed over. */
export const cutBridgesFromTemporal: Injection = {
  name: 'bridges cut from Temporal',
  weight: 1,
  plan: () => ({
    detail: 'for 2 s',
    durationMs: 2_000,
    async inject({ stage, calm }) {
      const mend = stage.links['bridge-temporal'].cut();
      await last(2_000, calm);
      mend();
    },
  }),
};

/** A provider that quotes the key, whole, in what it refuses. */
export const quoteTheKey: Injection = {
  name: 'the key quoted',
  weight: 1,
  plan: () => ({
    detail: 'in one refusal of a create, and one of a retrieve',
    durationMs: 0,
    async inject({ stage }) {
      const fault = { kind: 'status', status: 429, message: `Too much for ${keyPlace}.` } as const;
      const rules = (['responses.create', 'responses.retrieve'] as const).map((on) => ({ on, fault }));
      await stage.simulator.addFaults(rules.map((rule) => quoteKey(rule, stage.secrets)));
    },
  }),
};
