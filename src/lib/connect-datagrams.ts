import type { Socket } from 'node:dgram';

/** Has a datagram socket send to this address only. Throws for a name that nobody knows and for a missing route. */
export function connectDatagrams(socket: Socket, port: number, host: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('error', reject);
  // These failures are told to the callback, not to `error`; the types of Node know nothing of it.
  socket.connect(port, host, (error?: Error | null) => (error instanceof Error ? reject(error) : resolve()));
  return promise.finally(() => socket.off('error', reject));
}
