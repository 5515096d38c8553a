import { signWebhook, type SignatureHeaders } from '../../simulator/webhooks/sign.ts';
import type { SimulatorDelivery, UnderWay } from '../stage/simulatorControl.ts';
import { last, type Injection, type Scene } from './injection.ts';

/* Webhooks that the provider has not sent, or not now. */

const answerMs = 10_000;
const lookEveryMs = 300;
const anHourInSeconds = 3_600;

/** What an attacker makes up who knows all there is to know of a run that is under way, but no secret. */
export const forge: Injection = {
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
        const victim = await chooseOne(() => scene.stage.simulator.readUnderWay(), place, scene.calm);
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
        const chosen = await chooseOne(() => simulator.deliveries('acknowledged'), place, scene.calm);
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
      async inject({ stage: { simulator }, calm }) {
        const chosen = await chooseOne(() => simulator.deliveries('acknowledged'), place, calm);
        await simulator.redeliver(chosen.webhookId);
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

/**
 * One of what there is, or will be.
 *
 * @throws {Error} when there is none before the calm: then the injection could not be done
 */
async function chooseOne<T>(read: () => Promise<readonly T[]>, place: number, calm: AbortSignal): Promise<T> {
  for (;;) {
    const list = await read();
    const chosen = list[Math.floor(place * list.length)];
    if (chosen !== undefined) return chosen;
    if (calm.aborted) throw new Error('There was nothing to do it to.');
    await last(lookEveryMs, calm);
  }
}

/** That it has completed, with all its ids: if it is believed, a wake-up is in its history, and perhaps a wrong answer in its result. */
function makeUpEvent({ id, threadId, metadata }: UnderWay): string {
  const event = { id: 'evt_forged', object: 'event', created_at: Math.floor(Date.now() / 1_000) };
  return JSON.stringify(
    threadId === undefined
      ? { ...event, type: 'response.completed', data: { id } }
      : {
          ...event,
          type: 'thread.run.completed',
          data: { id, object: 'thread.run', thread_id: threadId, status: 'completed', metadata },
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
