import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../config/load-config.ts';
import type { Config } from '../config/config.ts';
import type { Notification } from './notifications.ts';
import { backOffMs, createWebhook, signWebhook } from './webhook.ts';

const stops: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

interface Received { readonly headers: IncomingMessage['headers']; readonly body: string }

/** Answers with these statuses in turn, then with 204. */
async function receiver(...statuses: number[]) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      response.writeHead(statuses.shift() ?? 204).end();
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  stops.push(() => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, received };
}

function webhook(more: Partial<Config['webhook']>) {
  const pauses: number[] = [];
  const hook = createWebhook({
    settings: loadConfig({ files: [], overrides: { webhook: more } }).webhook, clock: { now: () => Date.UTC(2026, 0, 1) }, random: () => 0,
    pause: async (milliseconds) => void pauses.push(milliseconds),
  });
  return { hook, pauses };
}

const created = (id: string): Notification => ({ type: 'octavia.loadbalancer.create.end', projectId: 'p', payload: { loadbalancer_id: id } });
const idsOf = (received: readonly Received[]) => received.map(({ body }) => (JSON.parse(body) as { payload: { loadbalancer_id: string } }).payload.loadbalancer_id);
const until = async (condition: () => boolean) => { while (!condition()) await new Promise((resolve) => setImmediate(resolve)); };

describe('the webhook', () => {
  it('posts the event with a signature that the receiver can check', async () => {
    const { url, received } = await receiver();
    const { hook } = webhook({ url: [url], secret: 'shared' });
    hook.notify(created('lb'));
    await hook.close();
    const [{ headers, body } = { headers: {}, body: '' }] = received;
    expect(JSON.parse(body)).toMatchObject({ event_type: 'octavia.loadbalancer.create.end', project_id: 'p', timestamp: '2026-01-01T00:00:00.000Z', payload: { loadbalancer_id: 'lb' } });
    const [, seconds, digest] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['x-octavia-signature'])) ?? [];
    expect(digest).toBe(createHmac('sha256', 'shared').update(`${seconds}.${body}`).digest('hex'));
    expect(headers).toMatchObject({ 'x-octavia-event': 'octavia.loadbalancer.create.end', 'x-octavia-delivery': (JSON.parse(body) as { message_id: string }).message_id });
  });

  it('shows the user and password of the URL', async () => {
    const { url, received } = await receiver();
    const { hook } = webhook({ url: [url.replace('//', '//bill%40ing:p%3Aw%C3%A9%@')] });
    hook.notify(created('lb'));
    await hook.close();
    expect(received[0]?.headers.authorization).toBe(`Basic ${Buffer.from('bill@ing:p:wé%').toString('base64')}`);
  });

  it('reaches one receiver while another one of the same server does not answer', async () => {
    const heard: string[] = [];
    const server = createServer((request, response) => {
      heard.push(request.url ?? '');
      if (request.url !== '/slow') response.writeHead(204).end();
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    stops.push(() => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { hook } = webhook({ url: [`${base}/slow`, `${base}/quick`], timeout: 1, retry_attempts: 1 });
    hook.notify(created('one'));
    hook.notify(created('two'));
    await hook.close();
    expect(heard.filter((path) => path === '/quick')).toHaveLength(2);
  });

  it('tries again with growing pauses and keeps the order', async () => {
    const { url, received } = await receiver(503, 429, 500);
    const { hook, pauses } = webhook({ url: [url], retry_initial_delay: 1, retry_max_delay: 3 });
    hook.notify(created('a'));
    hook.notify(created('b'));
    await until(() => received.length === 5);
    await hook.close();
    expect(idsOf(received)).toEqual(['a', 'a', 'a', 'a', 'b']);
    expect(new Set(received.slice(0, 4).map(({ headers }) => headers['x-octavia-delivery'])).size).toBe(1);
    expect(pauses).toEqual([1000, 2000, 3000]);
  });

  it('gives up what is refused at once, and what fails for too long', async () => {
    const { url, received } = await receiver(400, 500, 500);
    const { hook } = webhook({ url: [url], retry_attempts: 2 });
    for (const id of ['refused', 'failing', 'good']) hook.notify(created(id));
    await until(() => received.length === 4);
    await hook.close();
    expect(idsOf(received)).toEqual(['refused', 'failing', 'failing', 'good']);
  });

  it('a receiver that is down does not keep the others, nor the end of the process', async () => {
    const { url, received } = await receiver();
    const gone = await receiver();
    await stops.pop()?.();
    const settings = loadConfig({ files: [], overrides: { webhook: { url: [gone.url, url] } } }).webhook;
    const hook = createWebhook({ settings });
    hook.notify(created('lb'));
    await until(() => received.length === 1);
    await hook.close();
    expect(idsOf(received)).toEqual(['lb']);
  });

  it('sends only the events that are asked for', async () => {
    const { url, received } = await receiver();
    const { hook } = webhook({ url: [url], events: ['octavia.loadbalancer.delete.end'] });
    hook.notify(created('a'));
    hook.notify({ ...created('b'), type: 'octavia.loadbalancer.delete.end' });
    await hook.close();
    expect(idsOf(received)).toEqual(['b']);
  });

  it('refuses an address that is none', () => {
    expect(() => webhook({ url: ['ftp://example.com/'] })).toThrow('[webhook] url');
  });

  it('pauses double up to the longest', () => {
    const settings = { retry_initial_delay: 1, retry_max_delay: 300 };
    expect([1, 2, 3, 9, 10, 50].map((failures) => backOffMs(settings, failures, 0) / 1000)).toEqual([1, 2, 4, 256, 300, 300]);
    expect(backOffMs(settings, 1, 0.999)).toBeGreaterThanOrEqual(750);
  });

  it('the signature is over time and body', () => {
    expect(signWebhook('k', 1, 'b')).not.toBe(signWebhook('k', 2, 'b'));
  });
});
