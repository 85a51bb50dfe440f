import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Metrics } from '../../telemetry/metrics.ts';

/** Requests of one API process: measured, and waited for at its end. */
export interface RequestWatch {
  /** To be given to the API as `extraRoutes`. */
  install(app: FastifyInstance): void;
  /** Takes no new connection and resolves when every request is answered, at the latest after `graceMs`. Open event streams are not waited for. */
  drain(graceMs: number): Promise<void>;
  /** What is being answered, for people. */
  running(): readonly string[];
}

const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function watchRequests(metrics: Metrics | undefined): RequestWatch {
  const duration = metrics?.histogram('octavia_api_request_duration_seconds', 'Time to answer a request, by method, route and status.', { labels: ['method', 'route', 'status'], buckets: BUCKETS });
  const running = metrics?.gauge('octavia_api_requests_running', 'Requests that are being answered.');
  const open = new Set<FastifyReply>();
  metrics?.beforeRender(() => running?.set(open.size));
  let served: FastifyInstance | null = null;
  let isDraining = false;
  let onQuiet = (): void => undefined;
  // Fastify counts an answer that was taken over by its handler, which event streams are, as sent.
  const isQuiet = () => [...open].every((reply) => reply.sent);

  return {
    running: () => [...open].map((reply) => `${reply.request.method} ${reply.request.url.split('?')[0]} for ${Math.round(reply.elapsedTime)} ms`),
    install(app) {
      served = app;
      app.addHook('onRequest', async (_request, reply) => {
        open.add(reply);
        // A client that goes away before its answer ends this only. Listening to its connection instead would keep every request of a kept one.
        reply.raw.once('close', () => forget(reply));
        if (isDraining) reply.header('connection', 'close');
      });
      app.addHook('onResponse', async (request, reply) => {
        forget(reply);
        duration?.observe({ method: request.method, route: request.routeOptions.url ?? 'unknown', status: String(reply.statusCode) }, reply.elapsedTime / 1000);
      });
    },
    async drain(graceMs) {
      isDraining = true;
      served?.server.close();
      if (isQuiet()) return;
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([new Promise<void>((resolve) => (onQuiet = resolve)), new Promise<void>((resolve) => (timer = setTimeout(resolve, graceMs)))]);
      clearTimeout(timer);
    },
  };

  function forget(reply: FastifyReply): void {
    open.delete(reply);
    if (isDraining && isQuiet()) onQuiet();
  }
}
