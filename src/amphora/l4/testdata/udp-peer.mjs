// `udp-peer.mjs serve NAME PORT` answers each datagram with NAME; `udp-peer.mjs ask FROM TO PORT COUNT` prints who answered.
import { createSocket } from 'node:dgram';

const [, , role, ...rest] = process.argv;

if (role === 'serve') {
  const [name, port] = rest;
  const socket = createSocket('udp4');
  socket.on('message', (_, from) => socket.send(name, from.port, from.address));
  socket.bind(Number(port));
} else {
  const [from, to, port, count] = rest;
  const answers = {};
  for (let flow = 0; flow < Number(count); flow += 1) {
    const answer = await ask(from, to, Number(port));
    answers[answer] = (answers[answer] ?? 0) + 1;
  }
  console.log(Object.entries(answers).toSorted(([one], [other]) => one.localeCompare(other)).map((entry) => entry.join('=')).join(' '));
}

function ask(from, to, port) {
  const socket = createSocket('udp4');
  return new Promise((resolve) => {
    const timer = setTimeout(() => finish('silence'), 3000);
    function finish(text) {
      clearTimeout(timer);
      socket.close();
      resolve(text);
    }
    socket.on('message', (text) => finish(text.toString()));
    socket.on('error', (error) => finish(error.code));
    socket.bind(0, from, () => socket.connect(port, to, () => socket.send('x')));
  });
}
