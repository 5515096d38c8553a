import { signWebhook, type SignatureHeaders } from '../../simulator/webhooks/sign.ts';
import type { RunPlan } from '../plan.ts';
import type { SimulatorDelivery } from '../stage/simulatorControl.ts';
import type { Injection, Scene } from './injection.ts';

/* Webhooks that the provider has not sent, or not now. */

const answerMs = 10_000;
const anHourInSeconds = 3_600;

/** What an attacker makes up who knows how our webhooks look, and the id of a run, but no secret. */
const forge: Injection = {
  name: 'forged webhook',
  weight: 2,
  plan(random) {
    const id = random.integer(0, 2 ** 31).toString(36);
    const kind = random.pick(['bad signature', 'unsigned'] as const);
    const place = random.fraction();
    return {
      detail: kind,
      durationMs: 0,
      async inject(scene) {
        const victim = scene.runs[Math.floor(place * scene.runs.length)];
        if (victim === undefined) return;
        const webhookId = `wh_forged_${id}`;
        const seconds = Math.floor(Date.now() / 1_000);
        const secret = `whsec_${Buffer.from('a guess of the attacker').toString('base64')}`;
        const body = makeUpEvent(victim);
        const signed = signWebhook({ id: webhookId, timestampSeconds: seconds, body }, [secret]);
        const { 'webhook-signature': _, ...unsigned } = signed;
        const headers = kind === 'unsigned' ? unsigned : signed;
        scene.forgeries.push({ kind, webhookId, status: await send(scene, headers, body) });
      },
    };
  },
};

/** A webhook of the provider's own, as it would have been sent an hour ago: the signature is right. */
const replayOld: Injection = {
  name: 'old webhook replayed',
  weight: 1,
  plan(random) {
    const id = random.integer(0, 2 ** 31).toString(36);
    const place = random.fraction();
    return {
      detail: 'signed an hour ago',
      durationMs: 0,
      async inject(scene) {
        const { simulator, secrets } = scene.stage;
        const deliveries = await simulator.deliveries('acknowledged');
        const chosen = deliveries[Math.floor(place * deliveries.length)];
        if (chosen === undefined) return;
        const webhookId = `wh_replayed_${id}`;
        const seconds = Math.floor(Date.now() / 1_000) - anHourInSeconds;
        const body = repeatEvent(chosen);
        const message = { id: webhookId, timestampSeconds: seconds, body };
        const headers = signWebhook(message, secrets.webhook.slice(0, 1));
        scene.forgeries.push({ kind: 'old replay', webhookId, status: await send(scene, headers, body) });
      },
    };
  },
};

/** A delivery of before once more, with its own id and a fresh signature: the same to the bridge, and news to nobody. */
const repeat: Injection = {
  name: 'webhook delivered again',
  weight: 2,
  plan(random) {
    const place = random.fraction();
    return {
      detail: 'long after it was acknowledged',
      durationMs: 0,
      async inject({ stage }) {
        const deliveries = await stage.simulator.deliveries('acknowledged');
        const chosen = deliveries[Math.floor(place * deliveries.length)];
        if (chosen !== undefined) await stage.simulator.redeliver(chosen.webhookId);
      },
    };
  },
};

const rotate: Injection = {
  name: 'webhook secret rotated',
  weight: 1,
  plan: () => ({
    detail: 'the old one stays good; the bridges are restarted with both',
    durationMs: 0,
    inject: ({ stage }) => stage.rotateWebhookSecret(),
  }),
};

export const forgeryInjections: readonly Injection[] = [forge, replayOld, repeat, rotate];

/** A completed run with an answer that nobody gave: if it is believed, the run's text shows it. */
function makeUpEvent({ id, provider }: RunPlan): string {
  const now = Math.floor(Date.now() / 1_000);
  const metadata = {
    durable_run_id: id,
    durable_run_execution: '00000000-0000-0000-0000-000000000000',
    durable_run_attempt: '1',
    durable_run_round: '0',
  };
  const event = { id: 'evt_forged', object: 'event', created_at: now };
  return JSON.stringify(
    provider === 'response'
      ? { ...event, type: 'response.completed', data: { id: 'resp_forged', metadata } }
      : {
          ...event,
          type: 'thread.run.completed',
          data: {
            id: 'run_forged',
            object: 'thread.run',
            thread_id: 'thread_forged',
            status: 'completed',
            metadata,
          },
        },
  );
}

function repeatEvent({ eventId, type, runId }: SimulatorDelivery): string {
  const createdAt = Math.floor(Date.now() / 1_000) - anHourInSeconds;
  return JSON.stringify({ id: eventId, object: 'event', created_at: createdAt, type, data: { id: runId } });
}

async function send(
  { stage }: Scene,
  headers: Partial<SignatureHeaders>,
  body: string,
): Promise<number | null> {
  try {
    const response = await fetch(stage.webhookUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      signal: AbortSignal.timeout(answerMs),
    });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return null;
  }
}
