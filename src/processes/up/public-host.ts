import { createSocket } from 'node:dgram';
import { connectDatagrams } from '../../lib/connect-datagrams.ts';

/** Documentation addresses (RFC 5737, RFC 3849): nothing is sent there, the kernel only says which address it would send from. */
const FAR_AWAY = { udp4: '198.51.100.1', udp6: '2001:db8::1' } as const;

type Family = keyof typeof FAR_AWAY;

/**
 * The host part of URLs that clients are told for a service that listens on `host`. They cannot connect to "every address": the
 * one that leads out of this machine stands for it, or the machine's own where none does.
 */
export async function publicHost(host: string, leadingOut: (family: Family) => Promise<string | null> = addressLeadingOut): Promise<string> {
  if (host === '0.0.0.0') return (await leadingOut('udp4')) ?? '127.0.0.1';
  if (host === '::') return inUrl((await leadingOut('udp4')) ?? (await leadingOut('udp6')) ?? '::1');
  return inUrl(host);
}

function inUrl(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

async function addressLeadingOut(family: Family): Promise<string | null> {
  const socket = createSocket(family);
  try {
    await connectDatagrams(socket, 9, FAR_AWAY[family]);
    return socket.address().address;
  } catch {
    return null;
  } finally {
    socket.close();
  }
}
