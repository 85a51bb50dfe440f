import { Agent, get } from 'node:http';
import fastify from 'fastify';
import { expect, it } from 'vitest';
import { createMetrics } from '../../telemetry/metrics.ts';
import { watchRequests } from './watch-requests.ts';

async function serve() {
  const metrics = createMetrics();
  const watch = watchRequests(metrics);
  const app = fastify({ forceCloseConnections: true });
  watch.install(app);
  const gate = { arrived: () => undefined as void, open: () => undefined as void };
  const opened = new Promise<void>((resolve) => (gate.open = resolve));
  const arrived = new Promise<void>((resolve) => (gate.arrived = resolve));
  app.get('/slow/:id', async () => {
    gate.arrived();
    await opened;
    return 'whole answer';
  });
  app.get('/quick', async () => 'answer');
  app.get('/events', async (_request, reply) => {
    reply.hijack();
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream' });
    reply.raw.write(': hello\n\n');
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  return { metrics, watch, app, url, gate, arrived };
}

it('a request under way is answered before the API ends, and no new one is taken', async () => {
  const { metrics, watch, app, url, gate, arrived } = await serve();
  const answer = fetch(`${url}/slow/7`);
  await arrived;
  const drained = watch.drain(60_000);
  await expect(fetch(`${url}/slow/8`)).rejects.toThrow();
  gate.open();
  expect(await (await answer).text()).toBe('whole answer');
  await drained;
  await app.close();
  expect((await metrics.render()).body).toContain('octavia_api_request_duration_seconds_count{method="GET",route="/slow/:id",status="200"} 1');
});

it('an event stream keeps nobody from ending', async () => {
  const { watch, app, url } = await serve();
  const stream = await fetch(`${url}/events`);
  const reader = stream.body?.getReader();
  await reader?.read();
  await watch.drain(60_000);
  await app.close();
  await expect(reader?.read()).rejects.toThrow();
});

it('a client that keeps its connection leaves nothing behind with each request', async () => {
  const { watch, app, url } = await serve();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const listeners: number[] = [];
  app.server.on('request', ({ socket }) => listeners.push(socket.listenerCount('close')));
  for (let request = 0; request < 5; request += 1) {
    await new Promise((resolve, reject) => get(`${url}/quick`, { agent }, (answer) => answer.resume().once('end', resolve)).once('error', reject));
  }
  expect(listeners).toHaveLength(5);
  expect(new Set(listeners.slice(1)).size).toBe(1);
  expect(watch.running()).toEqual([]);
  agent.destroy();
  await app.close();
});

it('a client that goes away before its answer is no longer counted', async () => {
  const { watch, app, url, gate, arrived } = await serve();
  const aborted = new AbortController();
  const answer = fetch(`${url}/slow/7`, { signal: aborted.signal });
  await arrived;
  expect(watch.running()).toHaveLength(1);
  aborted.abort();
  await expect(answer).rejects.toThrow();
  await expect.poll(() => watch.running()).toEqual([]);
  gate.open();
  await app.close();
});
