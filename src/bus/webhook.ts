import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { Config } from '../config/config.ts';
import { systemClock, type Clock } from '../lib/clock.ts';
import { OctaviaError, reasonOf } from '../lib/errors.ts';
import { silentLogger, type Logger } from '../telemetry/logger.ts';
import type { Notification, Notifier } from './notifications.ts';

export interface WebhookOptions {
  readonly settings: Config['webhook'];
  readonly clock?: Clock;
  readonly log?: Logger;
  /** Waits between attempts; ends early, rejecting, when the signal says so. @default a timer */
  readonly pause?: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
  /** Spreads attempts of several processes; in [0, 1). @default Math.random */
  readonly random?: () => number;
}

interface Delivery {
  readonly id: string;
  readonly type: string;
  readonly body: string;
}

/** The receiver will never take it: trying again is for nothing. */
class Refused extends OctaviaError {
  constructor(status: number) {
    super('webhook-refused', `The receiver answered ${status}`);
  }
}

const BACKLOG = 1000;
/** Answers of the 400s that pass. */
const PASSING = [408, 425, 429];

/**
 * Sends notifications as HTTP POSTs, each receiver in order and independent of the others, with exponential back-off. What
 * a receiver refuses (400s) or does not take in retry_attempts is logged and dropped. Throws for an URL that is none.
 */
export function createWebhook(options: WebhookOptions): Notifier {
  const { settings, clock = systemClock } = options;
  for (const url of settings.url) {
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) throw new OctaviaError('bad-webhook-url', `[webhook] url = ${url} is no http or https URL.`);
  }
  const agent = new Agent(settings.ca_file === null ? {} : { connect: { ca: readFileSync(settings.ca_file, 'utf8') } });
  const receivers = settings.url.map((url) => createReceiver(url, agent, options));
  return {
    notify(notification) {
      if (settings.events.length > 0 && !settings.events.includes(notification.type)) return;
      const delivery = deliveryOf(notification, clock);
      for (const receiver of receivers) receiver.take(delivery);
    },
    async close() {
      await Promise.all(receivers.map((receiver) => receiver.close()));
      await agent.close();
    },
  };
}

function createReceiver(url: string, agent: Agent, { settings, log = silentLogger, clock = systemClock, pause = defaultPause, random = Math.random }: WebhookOptions) {
  // User and password, and whatever secret a query holds, are no business of the log.
  const name = `${new URL(url).origin}${new URL(url).pathname}`;
  const waiting: Delivery[] = [];
  const closing = new AbortController();
  let draining: Promise<void> | null = null;

  const drain = async (): Promise<void> => {
    for (let failures = 0; waiting.length > 0; ) {
      const [delivery] = waiting;
      if (delivery === undefined) return;
      try {
        await post(url, agent, settings, delivery, clock);
      } catch (error) {
        failures += 1;
        if (!(error instanceof Refused) && failures < settings.retry_attempts && !closing.signal.aborted) {
          await pause(backOffMs(settings, failures, random()), closing.signal).catch(() => undefined);
          continue;
        }
        log.warn({ receiver: name, event: delivery.type, delivery: delivery.id, attempts: failures, reason: reasonOf(error) }, 'A webhook could not be delivered');
      }
      waiting.shift();
      failures = 0;
    }
  };
  const drainInBackground = (): void => {
    draining ??= drain().finally(() => (draining = null));
  };
  return {
    take(delivery: Delivery): void {
      waiting.push(delivery);
      if (waiting.length > BACKLOG) {
        // The first is under way.
        const [dropped] = waiting.splice(1, 1);
        log.warn({ receiver: name, event: dropped?.type, backlog: BACKLOG }, 'Too many webhooks wait; the oldest is dropped');
      }
      drainInBackground();
    },
    /** One more attempt for each that waits. */
    async close(): Promise<void> {
      closing.abort();
      await draining;
    },
  };
}

const defaultPause = (milliseconds: number, signal: AbortSignal): Promise<unknown> => sleep(milliseconds, undefined, { signal });

/** Doubles from the initial delay up to the longest, less up to a quarter of it. */
export function backOffMs(settings: Pick<Config['webhook'], 'retry_initial_delay' | 'retry_max_delay'>, failures: number, random: number): number {
  return Math.round(Math.min(settings.retry_max_delay, settings.retry_initial_delay * 2 ** Math.min(failures - 1, 20)) * 1000 * (1 - random / 4));
}

/** `t=<seconds>,v1=<hex>`: HMAC-SHA256 of `<seconds>.<body>`, so that a receiver can refuse old ones. */
export function signWebhook(secret: string, seconds: number, body: string): string {
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

async function post(url: string, agent: Agent, settings: Config['webhook'], delivery: Delivery, clock: Clock): Promise<void> {
  const response = await request(url, {
    method: 'POST', dispatcher: agent, body: delivery.body, signal: AbortSignal.timeout(settings.timeout * 1000),
    headers: {
      'content-type': 'application/json', 'user-agent': 'octavia-webhook', 'x-octavia-event': delivery.type, 'x-octavia-delivery': delivery.id,
      ...credentialsOf(url),
      ...(settings.secret !== null && { 'x-octavia-signature': signWebhook(settings.secret, Math.floor(clock.now() / 1000), delivery.body) }),
    },
  });
  await response.body.dump();
  const { statusCode: status } = response;
  if (status >= 400 && status < 500 && !PASSING.includes(status)) throw new Refused(status);
  if (status < 200 || status >= 300) throw new OctaviaError('webhook-failed', `The receiver answered ${status}`, { retry: 'retry' });
}

/** The user and password of an address, which undici leaves out. */
function credentialsOf(url: string): { authorization?: string } {
  const { username, password } = new URL(url);
  if (username === '' && password === '') return {};
  return { authorization: `Basic ${Buffer.from(`${unescaped(username)}:${unescaped(password)}`).toString('base64')}` };
}

/** A percent sign that escapes nothing stands for itself. */
function unescaped(text: string): string {
  return text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (escaped) => Buffer.from(escaped.replaceAll('%', ''), 'hex').toString('utf8'));
}

function deliveryOf({ type, projectId, payload }: Notification, clock: Clock): Delivery {
  const id = randomUUID();
  return { id, type, body: JSON.stringify({ message_id: id, event_type: type, timestamp: new Date(clock.now()).toISOString(), project_id: projectId, payload }) };
}
