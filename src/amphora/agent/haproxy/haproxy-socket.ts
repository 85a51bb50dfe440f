import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { connect } from 'node:net';
import { basename, dirname } from 'node:path';
import { OctaviaError } from '../../../lib/errors.ts';

/** Room for the path in a unix socket address. */
const MAX_SOCKET_PATH_BYTES = 107;

/** haproxy's socket is not there, does not answer, or closes early. */
export class HaproxyUnreachable extends OctaviaError {
  constructor(path: string, cause: unknown) {
    super('haproxy-unreachable', `haproxy does not answer on ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { retry: 'retry', cause });
  }
}

/** Sends one command to a haproxy socket and returns the whole answer without its final newlines. Throws HaproxyUnreachable. */
export async function askHaproxy(socketPath: string, command: string, timeoutMs = 5000): Promise<string> {
  let directory: FileHandle | null = null;
  try {
    if (Buffer.byteLength(socketPath) <= MAX_SOCKET_PATH_BYTES) return await exchange(socketPath, command, timeoutMs);
    // Through the open directory the address stays short, however deep the amphora's root lies.
    directory = await open(dirname(socketPath), 'r');
    return await exchange(`/proc/self/fd/${directory.fd}/${basename(socketPath)}`, command, timeoutMs);
  } catch (error) {
    throw new HaproxyUnreachable(socketPath, error);
  } finally {
    await directory?.close();
  }
}

function exchange(path: string, command: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    // Half-close: haproxy answers and closes; some versions drop commands of a connection that is closed both ways.
    const socket = connect({ path, allowHalfOpen: true });
    const timer = setTimeout(() => socket.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    socket.on('connect', () => socket.end(`${command}\n`));
    socket.on('data', (data: Buffer) => chunks.push(data));
    socket.on('end', () => resolve(Buffer.concat(chunks).toString('utf8').trimEnd()));
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(timer);
      reject(new Error('the connection was closed'));
    });
  });
}

/** Pid of the worker that answers. */
export async function workerPid(socketPath: string, timeoutMs?: number): Promise<number | null> {
  const pid = /^Pid: (\d+)$/m.exec(await askHaproxy(socketPath, 'show info', timeoutMs))?.[1];
  return pid === undefined ? null : Number(pid);
}
