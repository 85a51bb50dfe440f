import { lstatSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { OctaviaError, reasonOf } from '../lib/errors.ts';
import type { Logger } from '../telemetry/logger.ts';
import { createFrameReader, encodeFrame } from './frame.ts';

/** A socket path that cannot be listened on. */
export class SocketUnavailable extends OctaviaError {
  constructor(path: string, reason: string, cause?: unknown) {
    super('driver-agent-socket-unavailable', `The driver agent cannot listen on ${path}: ${reason}.`, { cause });
  }
}

export interface AgentSocketOptions {
  /** For logs: `status`, `stats`, `get`. */
  readonly name: string;
  readonly path: string;
  /** Requests worked on at the same time; others wait for their turn. */
  readonly maxRequests: number;
  /** Share of `maxRequests` from which a warning is logged, 0 to 1. */
  readonly warningShare: number;
  /** A client that neither sends its request nor takes its answer for so long is dropped. */
  readonly timeoutMs: number;
  /** Answers one request. */
  readonly handle: (request: unknown) => Promise<unknown>;
  /** What a client gets when its request cannot be read or `handle` throws; null breaks the connection off in a way that octavia-lib takes for an error at once. */
  readonly failure: (reason: string) => unknown;
  readonly log: Logger;
}

export interface AgentSocket {
  /** Takes no more requests, finishes those under way and removes the socket. */
  close(): Promise<void>;
}

/** Linux keeps 108 bytes for the address of a unix socket, the last one zero. */
const MAX_PATH_BYTES = 107;

/**
 * One unix stream socket of the driver agent: one request and one answer per connection. Who may connect follows from the
 * process's umask and the directory, as with the original. A socket that is already there is replaced in one step, so
 * there is no moment without one while a successor starts, and a stopping agent removes only its own.
 */
export async function openAgentSocket(options: AgentSocketOptions): Promise<AgentSocket> {
  const { path, log } = options;
  const open = new Set<Socket>();
  const slots = createSlots(options);
  const server = createServer((socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    serve(socket, options, slots);
  });
  server.on('error', (error) => log.error({ socket: path, err: error }, 'Driver agent socket failed'));
  const inode = await listen(server, path);
  return {
    async close() {
      removeOwn(path, inode);
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      for (const socket of open) if (!slots.isBusy(socket)) socket.destroy();
      await closed;
    },
  };
}

async function listen(server: Server, path: string): Promise<bigint> {
  const directory = dirname(path);
  const temporary = join(directory, `.${process.pid}-${performance.now().toFixed(0)}`);
  for (const name of [path, temporary]) {
    if (Buffer.byteLength(name) > MAX_PATH_BYTES) throw new SocketUnavailable(path, `a socket's path must not be longer than ${MAX_PATH_BYTES - 12} bytes`);
  }
  try {
    mkdirSync(directory, { recursive: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(temporary, () => {
        server.off('error', reject);
        resolve();
      });
    });
    const { ino } = lstatSync(temporary, { bigint: true });
    renameSync(temporary, path);
    return ino;
  } catch (error) {
    // Takes the temporary name along.
    server.close();
    throw new SocketUnavailable(path, reasonOf(error), error);
  }
}

function removeOwn(path: string, inode: bigint): void {
  if (lstatSync(path, { bigint: true, throwIfNoEntry: false })?.ino === inode) rmSync(path, { force: true });
}

function serve(socket: Socket, options: AgentSocketOptions, slots: Slots): void {
  const { log, name } = options;
  const reader = createFrameReader();
  socket.setTimeout(options.timeoutMs, () => {
    if (slots.isBusy(socket)) return;
    log.warn({ socket: name, timeoutMs: options.timeoutMs }, 'A provider neither sent its request nor took its answer in time');
    socket.destroy();
  });
  socket.on('error', (error) => log.info({ socket: name, reason: reasonOf(error) }, 'A provider broke its connection off'));
  socket.on('data', (chunk: Buffer) => {
    try {
      const request = reader.push(chunk);
      if (request === null) return;
      socket.removeAllListeners('data').resume();
      slots.run(socket, () => answer(socket, options, request.value));
    } catch (error) {
      socket.removeAllListeners('data').resume();
      send(socket, options.failure(reasonOf(error)));
    }
  });
}

async function answer(socket: Socket, options: AgentSocketOptions, request: unknown): Promise<void> {
  let reply: unknown;
  try {
    reply = await options.handle(request);
  } catch (error) {
    options.log.error({ socket: options.name, err: error }, 'A request of a provider failed');
    reply = options.failure(reasonOf(error));
  }
  send(socket, reply);
}

/** octavia-lib waits half a minute for a length when the connection just closes, but gives up at once on one that is no number. */
const BROKEN_ANSWER = 'error\n';

function send(socket: Socket, reply: unknown): void {
  if (!socket.destroyed) socket.end(reply === null ? BROKEN_ANSWER : encodeFrame(reply));
}

interface Slots {
  run(socket: Socket, work: () => Promise<void>): void;
  /** Whether the socket's request is being worked on or waits for its turn. */
  isBusy(socket: Socket): boolean;
}

function createSlots({ maxRequests, warningShare, name, log }: AgentSocketOptions): Slots {
  const waiting: (() => void)[] = [];
  const busy = new Set<Socket>();
  let running = 0;
  const next = (): void => {
    if (running >= maxRequests) return;
    const work = waiting.shift();
    if (work === undefined) return;
    running += 1;
    if (running === Math.max(1, Math.ceil(maxRequests * warningShare))) log.warn({ socket: name, running, maxRequests }, 'The driver agent nears its limit of requests at the same time');
    work();
  };
  return {
    run(socket, work) {
      busy.add(socket);
      waiting.push(() => void work().finally(() => {
        busy.delete(socket);
        running -= 1;
        next();
      }));
      next();
    },
    isBusy: (socket) => busy.has(socket),
  };
}
