import { connect, type Channel, type ChannelModel } from 'amqplib';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Bus, Cast } from './bus.ts';
import { BusUnavailable } from './errors.ts';
import { connectOsloBus } from './oslo-bus.ts';
import { createNotifier } from './notifications.ts';
import { openMessage, sealMessage } from './oslo-envelope.ts';
import { hasRabbit, startRabbit, type RabbitServer } from './testing/rabbit-server.ts';

const TOPIC = 'octavia_provisioning_v2';
const failover = (id: string): Cast => ({ method: 'failover_amphora', args: { amphora_id: id } });
const quick = { rabbit_retry_interval: 1, rabbit_retry_backoff: 0 };

describe.skipIf(!hasRabbit)('the control bus on RabbitMQ', () => {
  let server: RabbitServer;
  let observer: ChannelModel;
  let channel: Channel;
  const buses: Bus[] = [];
  const open = async (options: Partial<Parameters<typeof connectOsloBus>[1]> = {}, url = server.url) => {
    const bus = await connectOsloBus(url, { host: 'worker-1', rabbit: quick, ...options });
    buses.push(bus);
    return bus;
  };
  const observe = async () => {
    observer = await connect(`amqp://guest:guest@127.0.0.1:${server.port}/`);
    observer.on('error', () => undefined);
    channel = await observer.createChannel();
    channel.on('error', () => undefined);
  };

  beforeAll(async () => {
    server = await startRabbit();
    await observe();
  }, 180_000);
  afterEach(async () => {
    for (const bus of buses.splice(0)) await bus.close();
  });
  afterAll(async () => {
    await observer.close().catch(() => undefined);
    await server.stop();
  });

  it('publishes what the original publishes: exchange, routing key, properties and bytes', async () => {
    const bus = await open();
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(queue, 'octavia', '#');
    await bus.cast({ method: 'update_member', args: { original_member: { name: 'é', weight: 1, backup: false }, member_updates: { name: null } } });
    const message = await vi.waitFor(async () => {
      const got = await channel.get(queue, { noAck: true });
      if (got === false) throw new Error('nothing yet');
      return got;
    }, { timeout: 15_000 });
    expect(message.fields).toMatchObject({ exchange: 'octavia', routingKey: TOPIC });
    expect(message.properties).toMatchObject({ contentType: 'application/json', contentEncoding: 'utf-8', deliveryMode: 2, priority: 0, headers: {} });
    expect(message.content.toString().replace(/[0-9a-f]{32}/, 'ID')).toBe(
      String.raw`{"oslo.version": "2.0", "oslo.message": "{\"method\": \"update_member\", \"args\": {\"original_member\": {\"name\": \"\\u00e9\", \"weight\": 1, \"backup\": false}, \"member_updates\": {\"name\": null}}, \"namespace\": \"controller\", \"version\": \"2.0\", \"_unique_id\": \"ID\"}"}`,
    );
  });

  it('delivers each cast to one worker, a fanout to all, and one to the host it names', async () => {
    const seen: [string, unknown][] = [];
    for (const host of ['worker-1', 'worker-2']) {
      const bus = await open({ host });
      await bus.consume((cast) => seen.push([host, cast.args['amphora_id']]));
    }
    const sender = await open({ host: 'api' });
    for (const id of ['a', 'b', 'c', 'd']) await sender.cast(failover(id));
    await vi.waitFor(() => expect(new Set(seen.map(([, id]) => id))).toEqual(new Set(['a', 'b', 'c', 'd'])), { timeout: 15_000 });
    expect(new Set(seen.map(([host]) => host)).size).toBe(2);
    const bytes = (id: string) => sealMessage({ method: 'failover_amphora', args: { amphora_id: id }, namespace: 'controller', version: '2.0' }, `${id}`.padEnd(32, '0'));
    channel.publish(`${TOPIC}_fanout`, '', bytes('f'));
    channel.publish('octavia', `${TOPIC}.worker-2`, bytes('h'));
    await vi.waitFor(() => expect(seen.slice(4).map((one) => one.join()).toSorted((a, b) => a.localeCompare(b))).toEqual(['worker-1,f', 'worker-2,f', 'worker-2,h']), { timeout: 15_000 });
  });

  it('drops duplicates, unknown methods and rubbish, and acknowledges them all', async () => {
    const bus = await open();
    const seen: unknown[] = [];
    await bus.consume((cast) => seen.push(cast.args['amphora_id']));
    const body = { method: 'failover_amphora', args: { amphora_id: 'x' }, namespace: 'controller', version: '2.0' };
    for (const content of [
      sealMessage(body, 'd'.repeat(32)), sealMessage(body, 'd'.repeat(32)), sealMessage({ ...body, method: 'sing' }, '1'.repeat(32)),
      sealMessage({ ...body, namespace: 'other' }, '2'.repeat(32)), Buffer.from('rubbish'), sealMessage({ ...body, args: { amphora_id: 'last' } }, '3'.repeat(32)),
    ]) channel.publish('octavia', TOPIC, content);
    await vi.waitFor(() => expect(seen).toEqual(['x', 'last']), { timeout: 15_000 });
    await bus.close();
    expect((await channel.checkQueue(TOPIC)).messageCount).toBe(0);
  });

  it('carries the request id to our worker', async () => {
    const bus = await open();
    const seen: Cast[] = [];
    await bus.consume((cast) => seen.push(cast));
    await bus.cast({ ...failover('a'), requestId: 'req-1' });
    await vi.waitFor(() => expect(seen).toEqual([{ ...failover('a'), requestId: 'req-1' }]), { timeout: 15_000 });
  });

  it('uses an exchange that another service declared with other options', async () => {
    await channel.assertExchange('durable-octavia', 'topic', { durable: true });
    const bus = await open({ exchange: 'durable-octavia', topic: 'other' });
    const seen: unknown[] = [];
    await bus.consume((cast) => seen.push(cast.args['amphora_id']));
    await bus.cast(failover('a'));
    await vi.waitFor(() => expect(seen).toEqual(['a']), { timeout: 15_000 });
  });

  it('makes quorum queues when asked to', async () => {
    const bus = await open({ exchange: 'q', topic: 'quorum', rabbit: { ...quick, rabbit_quorum_queue: true, rabbit_transient_quorum_queue: true } });
    const seen: unknown[] = [];
    await bus.consume((cast) => seen.push(cast.args['amphora_id']));
    await bus.cast(failover('a'));
    await vi.waitFor(() => expect(seen).toEqual(['a']), { timeout: 10_000 });
  });

  it('keeps notifications in the queue of their topic, as the original writes them', async () => {
    const settings = { driver: ['messagingv2', 'messaging'], transport_url: null, topics: ['notifications'], retry: 0 };
    const notifier = createNotifier({ settings, transportUrl: server.url, rabbit: quick, clock: { now: () => 0 } });
    notifier.notify({ type: 'octavia.loadbalancer.create.end', projectId: 'p', payload: { loadbalancer_id: 'lb', name: null } });
    await notifier.close();
    const messages = [await channel.get('notifications.info', { noAck: true }), await channel.get('notifications.info', { noAck: true })];
    const bodies = messages.map((message) => (message === false ? null : message.content));
    // Format 1.0 has no envelope.
    expect(bodies.map((body) => body?.includes('oslo.version'))).toEqual([false, true]);
    for (const body of bodies) {
      expect(openMessage(body ?? Buffer.alloc(0)).body).toMatchObject({
        publisher_id: null, event_type: 'octavia.loadbalancer.create.end', priority: 'INFO', payload: { loadbalancer_id: 'lb', name: null },
        timestamp: '1970-01-01 00:00:00.000000', _context_project_id: 'p',
      });
    }
  });

  it('sends audit events as an API process, in an administrator\'s context', async () => {
    const settings = { driver: ['messagingv2'], transport_url: null, topics: ['audit'], retry: 0 };
    const notifier = createNotifier({ settings, transportUrl: server.url, rabbit: quick });
    notifier.notify({ type: 'audit.http.request', projectId: null, payload: { outcome: 'pending' }, publisher: 'octavia-api', isAdmin: true });
    await notifier.close();
    const message = await channel.get('audit.info', { noAck: true });
    expect(openMessage(message === false ? Buffer.alloc(0) : message.content).body).toMatchObject({
      publisher_id: 'octavia-api', event_type: 'audit.http.request', priority: 'INFO', payload: { outcome: 'pending' }, _context_is_admin: true, _context_project_id: null,
    });
  });

  it('takes the next broker of the list when one is not there', async () => {
    const bus = await open({}, `rabbit://guest:guest@127.0.0.1:1,guest:guest@127.0.0.1:${server.port}/`);
    await vi.waitFor(() => bus.cast(failover('a')), { timeout: 5000 });
  });

  it('sets its consumer up anew when its queue is deleted', async () => {
    const bus = await open({ exchange: 'x', topic: 'fragile' });
    const seen: unknown[] = [];
    await bus.consume((cast) => seen.push(cast.args['amphora_id']));
    await channel.deleteQueue('fragile');
    await vi.waitFor(async () => {
      await bus.cast(failover('a'));
      await vi.waitFor(() => expect(seen).toContain('a'), { timeout: 200 });
    }, { timeout: 10_000 });
  });

  it('refuses casts while the broker is gone and goes on when it is back', async () => {
    const bus = await open();
    const seen: unknown[] = [];
    await bus.consume((cast) => seen.push(cast.args['amphora_id']));
    await server.kill();
    await vi.waitFor(() => expect(bus.cast(failover('lost'))).rejects.toBeInstanceOf(BusUnavailable), { timeout: 15_000 });
    await server.start();
    await vi.waitFor(async () => {
      await bus.cast(failover('found'));
      await vi.waitFor(() => expect(seen).toContain('found'), { timeout: 500 });
    }, { timeout: 15_000 });
    await observe();
  }, 240_000);
});

describe('without a broker', () => {
  it('starts anyway and refuses casts at once', async () => {
    const bus = await connectOsloBus('rabbit://127.0.0.1:1', { host: 'a' });
    await expect(bus.cast(failover('a'))).rejects.toBeInstanceOf(BusUnavailable);
    await bus.close();
    await expect(bus.cast(failover('a'))).rejects.toThrow(/closed/);
  });

  it('proves it with the files that the transport URL names', async () => {
    const bus = await connectOsloBus('rabbit://127.0.0.1:1/?ssl=1&ssl_ca_file=/nonexistent/ca.pem', { host: 'a' });
    await expect(bus.cast(failover('a'))).rejects.toThrow(/nonexistent/);
    await bus.close();
  });
});
