import { createServer } from 'node:http';

/** The web server inside a `server-<name>` namespace: answers its text on ports 80 and 8080. Run as a program: `web-server.ts TEXT`. */
const text = `${process.argv[2] ?? ''}\n`;

const listening = [80, 8080].map((port) => new Promise<void>((resolve) => {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
  });
  // Longer than a load balancer keeps idle connections, so that it never meets a closed one.
  server.keepAliveTimeout = 120_000;
  server.listen(port, resolve);
}));

await Promise.all(listening);
if (process.send) {
  process.send('listening');
  process.disconnect();
}
