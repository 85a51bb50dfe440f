import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** `udp-client.ts ADDRESS PORT COUNT [one|many] [WAIT] [PAUSE]`: sends COUNT datagrams, from one socket or each from its own, PAUSE ms after the last one's answer, and prints the answers as JSON, null for none. */
const [address = '', port = '0', count = '0', sockets = 'many', wait = '300', pause = '0'] = process.argv.slice(2);

function ask(socket: ReturnType<typeof createSocket>): Promise<string | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => settle(null), Number(wait));
    const settle = (text: string | null): void => {
      clearTimeout(timer);
      socket.removeAllListeners('message');
      socket.removeAllListeners('error');
      socket.on('error', () => undefined);
      resolve(text);
    };
    socket.once('message', (data) => settle(data.toString()));
    // Connected sockets hear of "port unreachable".
    socket.once('error', () => settle(null));
    socket.send('?', (error) => {
      if (error) settle(null);
    });
  });
}

async function open(): Promise<ReturnType<typeof createSocket>> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  await new Promise<void>((resolve) => socket.connect(Number(port), address, resolve));
  return socket;
}

const answers: (string | null)[] = [];
const single = sockets === 'one' ? await open() : null;
for (let sent = 0; sent < Number(count); sent += 1) {
  const socket = single ?? (await open());
  answers.push(await ask(socket));
  if (!single) socket.close();
  if (Number(pause) > 0) await sleep(Number(pause));
}
single?.close();
console.log(JSON.stringify(answers));
