import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { signWebhook } from '../../simulator/webhooks/sign.ts';
import { Turns } from './turns.ts';

/** More than the bridge delivers at a time, and fewer than it lets connect: what is turned away, is so by its rule for webhooks. */
const SOCKETS = 600;
const TIMEOUT_MS = 10_000;
/** OpenAI's redeliveries go on for 72 hours; these come sooner, so that somebody can wait for them. */
const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 8_000;

/** One event, and the webhook id that all its deliveries have. */
export interface WebhookMessage {
  readonly webhookId: string;
  readonly body: string;
}

/** How deliveries were answered. */
export interface Answers {
  /** What was accepted, and with which try. */
  readonly accepted: { readonly webhookId: string; readonly tries: number }[];
  /** Of each 200, from when it was sent to the end of its answer. */
  readonly acceptedMs: number[];
  /** The same of each 503. */
  readonly refusedMs: number[];
  /** How often there was any other answer, or none, by what it was. */
  readonly others: Map<string, number>;
}

/** Delivers webhooks as OpenAI does: signed anew each time, over connections that are kept, again and again until they are accepted. */
export class Deliverer {
  readonly answers: Answers = { accepted: [], acceptedMs: [], refusedMs: [], others: new Map() };
  readonly #url: string;
  readonly #secret: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: SOCKETS });
  /** Of a socket: a webhook that has waited for one with its signature would be too old. */
  readonly #turns = new Turns(SOCKETS);
  #isClosed = false;

  constructor(url: string, secret: string) {
    this.#url = url;
    this.#secret = secret;
  }

  /** Resolves when the message has been accepted, or this deliverer was closed. */
  async deliver(message: WebhookMessage): Promise<void> {
    for (let tries = 1; !this.#isClosed; tries += 1) {
      await this.#turns.begin();
      const sentAtMs = performance.now();
      const answer = this.#isClosed ? 'closed' : await this.#post(message);
      this.#turns.end();
      if (this.#isClosed) return;
      this.#note(answer, performance.now() - sentAtMs);
      if (answer === '200') {
        this.answers.accepted.push({ webhookId: message.webhookId, tries });
        return;
      }
      // Apart from each other: what was turned away together would come again together.
      const backoffMs = Math.min(FIRST_BACKOFF_MS * 2 ** (tries - 1), LONGEST_BACKOFF_MS);
      await sleep(backoffMs * (0.5 + Math.random()), undefined, { ref: false });
    }
  }

  /** Gives up what has not been accepted. (No signal: a hundred thousand requests that listen to one take longer than their answers.) */
  close(): void {
    this.#isClosed = true;
    this.#agent.destroy();
  }

  #note(answer: string, tookMs: number): void {
    const { acceptedMs, refusedMs, others } = this.answers;
    if (answer === '200') acceptedMs.push(tookMs);
    else if (answer === '503') refusedMs.push(tookMs);
    else others.set(answer, (others.get(answer) ?? 0) + 1);
  }

  /** The status of the answer, or why there was none. */
  #post({ webhookId, body }: WebhookMessage): Promise<string> {
    const timestampSeconds = Math.floor(Date.now() / 1_000);
    const signature = signWebhook({ id: webhookId, timestampSeconds, body }, [this.#secret]);
    const length = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    return new Promise((resolve) => {
      const fail = (error: Error & { code?: string }): void => resolve(error.code ?? error.message);
      const outgoing = request(
        this.#url,
        {
          method: 'POST',
          agent: this.#agent,
          timeout: TIMEOUT_MS,
          headers: { ...signature, ...length },
        },
        (incoming) => {
          incoming.on('error', fail);
          incoming.on('end', () => resolve(String(incoming.statusCode)));
          incoming.resume();
        },
      );
      outgoing.on('timeout', () => outgoing.destroy(new Error('no answer')));
      outgoing.on('error', fail);
      outgoing.end(body);
    });
  }
}

/** The webhook that tells of an object's end, as OpenAI writes it. */
export function messageOf(type: string, objectId: string, webhookId: string): WebhookMessage {
  const createdAt = Math.floor(Date.now() / 1_000);
  const event = { id: `evt_${webhookId}`, object: 'event', created_at: createdAt, type };
  return { webhookId, body: JSON.stringify({ ...event, data: { id: objectId } }) };
}
