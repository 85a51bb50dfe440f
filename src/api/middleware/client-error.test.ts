import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { answerClientError } from './client-error.ts';

/** What a client sees that sent `sent` and met `code`. */
async function seen(code: string, sent: string): Promise<string> {
  const server = createServer((socket: Socket) => {
    const fail = (): void => answerClientError(Object.assign(new Error('bad'), { code }), socket);
    if (sent === '') fail();
    else socket.once('data', fail);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  if (sent !== '') client.write(sent);
  const answer = await text(client).catch(() => '');
  server.close();
  return answer;
}

test('a connection that was opened and never used is closed without a word', async () => {
  expect(await seen('ERR_HTTP_REQUEST_TIMEOUT', '')).toBe('');
});

test.each([
  ['ERR_HTTP_REQUEST_TIMEOUT', 'GET / HT', '408 Request Timeout'], ['HPE_HEADER_OVERFLOW', 'GET /', '431 Request Header Fields Too Large'],
  ['HPE_INVALID_METHOD', '\u0016\u0003', '400 Bad Request'],
])('%s is an Octavia fault', async (code, sent, status) => {
  const answer = await seen(code, sent);
  expect(answer.startsWith(`HTTP/1.1 ${status}\r\n`)).toBe(true);
  expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ faultcode: 'Client', faultstring: expect.any(String), debuginfo: null });
});
