import { createServer, type ServerResponse } from 'node:http';
import { isIPv6, type AddressInfo } from 'node:net';
import { OctaviaError, reasonOf } from '../lib/errors.ts';
import type { Metrics } from './metrics.ts';

export interface MetricsEndpoint {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the figures at /metrics; port 0 takes any. Throws OctaviaError when the address cannot be used. */
export async function serveMetrics(metrics: Pick<Metrics, 'render'>, listen: { readonly host: string; readonly port: number }): Promise<MetricsEndpoint> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0];
    if (path !== '/metrics') return answer(response, 404, 'text/plain', 'The figures are at /metrics.\n');
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 405, 'text/plain', 'Only GET.\n');
    metrics.render().then(({ contentType, body }) => answer(response, 200, contentType, body), (error: unknown) => answer(response, 500, 'text/plain', `${reasonOf(error)}\n`));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new OctaviaError('metrics-address', `Cannot serve metrics on ${listen.host} port ${listen.port}: ${error.message}`, { cause: error })));
    server.listen(listen.port, listen.host, () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${isIPv6(listen.host) ? `[${listen.host}]` : listen.host}:${port}/metrics`,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

function answer(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
