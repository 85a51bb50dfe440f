import { createSocket } from 'node:dgram';
import { createServer, isIPv6 } from 'node:net';
import { OctaviaError } from '../../lib/errors.ts';

interface Address { readonly host: string; readonly port: number }

/** Asked before anything is made, so that a taken port leaves nothing half-started. */
export function requireFreePort({ host, port }: Address): Promise<void> {
  return new Promise((resolvePromise, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be listened on (${error.code ?? error.message})`;
      reject(new OctaviaError('port-unavailable', `${host}:${port} ${reason}; choose another with --listen.`, { cause: error }));
    });
    probe.listen(port, host, () => probe.close(() => resolvePromise()));
  });
}

/**
 * Asked before anything of this machine is touched: a second `up` in another data directory would begin with replacing the
 * floating IPs of the one that runs by its own.
 */
export function requireFreeHeartbeatPort({ host, port }: Address): Promise<void> {
  return new Promise((resolvePromise, reject) => {
    const probe = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
    probe.once('error', (error: NodeJS.ErrnoException) => {
      probe.close();
      const reason = error.code === 'EADDRINUSE'
        ? 'is taken. One octavia up can run on a machine: stop the other one. If another program has the port,'
        : `cannot be listened on (${error.code ?? error.message}):`;
      reject(new OctaviaError('port-unavailable', `UDP ${host}:${port} for the heartbeats of amphorae ${reason} set [health_manager] bind_ip, bind_port and controller_ip_port_list.`, { cause: error }));
    });
    probe.bind({ address: host, port, exclusive: true }, () => probe.close(() => resolvePromise()));
  });
}
