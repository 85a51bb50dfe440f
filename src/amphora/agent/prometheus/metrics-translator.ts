import { chmod, open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import { basename, dirname } from 'node:path';
import { OctaviaError, reasonOf } from '../../../lib/errors.ts';
import type { Logger } from '../../../telemetry/logger.ts';
import type { AmphoraPaths } from '../amphora-paths.ts';
import { readMachineLoad } from './machine-load.ts';
import { translateMetrics } from './translate-metrics.ts';

const TIMEOUT_MS = 4000;

interface Endpoint {
  readonly server: Server;
  /** Keeps the directory's short name `/proc/self/fd/N` valid: whole paths may be too long for socket addresses. */
  readonly directory: FileHandle;
}

/** Answers the requests that haproxy hands over from PROMETHEUS listeners, one socket for each load balancer that has one. */
export class MetricsTranslator {
  readonly #paths: AmphoraPaths;
  readonly #log: Logger;
  readonly #endpoints = new Map<string, Endpoint>();

  constructor(paths: AmphoraPaths, log: Logger) {
    this.#paths = paths;
    this.#log = log;
  }

  /** Serves the load balancer's metrics, or stops to; repeated is once. */
  async serve(id: string, isWanted: boolean): Promise<void> {
    if (isWanted === this.#endpoints.has(id)) return;
    if (isWanted) this.#endpoints.set(id, await this.#listen(id));
    else await this.#close(id);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#endpoints.keys()].map((id) => this.#close(id)));
  }

  async #listen(id: string): Promise<Endpoint> {
    const socketFile = this.#paths.onHost(this.#paths.translatorSocket(id));
    await rm(socketFile, { force: true });
    const directory = await open(dirname(socketFile), 'r');
    const server = createServer((_request, response) => void this.#answer(id, directory, response));
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(within(directory, socketFile), resolve);
      });
      // haproxy connects as nobody.
      await chmod(socketFile, 0o666);
    } catch (error) {
      server.close();
      await directory.close();
      throw error;
    }
    server.unref();
    return { server, directory };
  }

  async #close(id: string): Promise<void> {
    const endpoint = this.#endpoints.get(id);
    if (!endpoint) return;
    this.#endpoints.delete(id);
    await new Promise<void>((resolve) => {
      endpoint.server.close(() => resolve());
      endpoint.server.closeAllConnections();
    });
    await endpoint.directory.close();
  }

  async #answer(id: string, directory: FileHandle, response: ServerResponse): Promise<void> {
    try {
      const [exposition, load] = await Promise.all([fetchText(within(directory, this.#paths.rawMetricsSocket(id))), readMachineLoad()]);
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4', 'cache-control': 'no-cache', connection: 'close' }).end(translateMetrics(exposition, load));
    } catch (error) {
      this.#log.warn({ lb: id, reason: reasonOf(error) }, 'Metrics could not be read from haproxy');
      response.writeHead(502, { connection: 'close' }).end();
    }
  }
}

function within(directory: FileHandle, file: string): string {
  return `/proc/self/fd/${directory.fd}/${basename(file)}`;
}

function fetchText(socketPath: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, path: '/metrics', agent: false, timeout: TIMEOUT_MS, headers: { connection: 'close' } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString('utf8'));
        else reject(new OctaviaError('metrics-refused', `haproxy answered ${response.statusCode}`));
      });
    });
    outgoing.on('timeout', () => outgoing.destroy(new OctaviaError('metrics-timeout', `haproxy said nothing for ${TIMEOUT_MS} ms`)));
    outgoing.on('error', reject);
    outgoing.end();
  });
}
