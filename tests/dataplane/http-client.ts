import { request as plainRequest, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import { request as tlsRequest, type RequestOptions as TlsRequestOptions } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { run } from '../../src/lib/run.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** What the echo server saw; throws when the answer did not come from it. */
  readonly echo: Echo;
  /** CN of the certificate that the load balancer showed. */
  readonly certificateName: string | null;
  readonly tlsVersion: string | null;
  readonly tlsCipher: string | null;
  /** Protocol that ALPN settled on. */
  readonly alpn: string | null;
}

/** servers/echo-server.ts says this. */
export interface Echo {
  readonly name: string;
  readonly method: string;
  readonly url: string;
  readonly httpVersion: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly remoteAddress: string;
  readonly proxy: { readonly version: number; readonly source: string; readonly destination: string; readonly destinationPort: number; readonly tls?: { readonly overTls: boolean; readonly certificateSent: boolean; readonly version: string; readonly commonName: string | null } } | null;
  readonly tls: { readonly serverName: string | null; readonly alpn: string | null; readonly version: string; readonly cipher: string; readonly clientName: string | null } | null;
}

export type Wishes = Omit<RequestOptions & TlsRequestOptions, 'host' | 'port' | 'path' | 'headers'> & { readonly headers?: Readonly<Record<string, string>>; readonly body?: string; readonly ALPNProtocols?: string[] };

/** One request on a connection of its own; certificates of any authority are accepted unless `ca` is given. */
export function ask(url: string, wishes: Wishes = {}): Promise<Answer> {
  const target = new URL(url);
  const isTls = target.protocol === 'https:';
  const { body, ...rest } = wishes;
  const options: TlsRequestOptions = {
    // WHATWG URLs are not used for the path: what a test writes is what is sent.
    host: target.hostname, port: target.port || (isTls ? 443 : 80), path: url.slice(url.indexOf('/', 8)) || '/', agent: false, timeout: 10_000,
    rejectUnauthorized: wishes.ca !== undefined, ...rest, headers: { connection: 'close', ...rest.headers },
  };
  return new Promise((resolve, reject) => {
    const outgoing = (isTls ? tlsRequest : plainRequest)(options, (response) => {
      const socket = response.socket as TLSSocket;
      const tls = isTls ? { name: String(socket.getPeerCertificate().subject?.CN ?? ''), version: socket.getProtocol(), cipher: socket.getCipher().name, alpn: socket.alpnProtocol || null } : null;
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => resolve({
        status: response.statusCode ?? 0, headers: response.headers, text, certificateName: tls?.name ?? null, tlsVersion: tls?.version ?? null, tlsCipher: tls?.cipher ?? null, alpn: tls?.alpn ?? null,
        get echo() { return JSON.parse(text) as Echo; },
      }));
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')));
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Runs curl, in the namespace of a server when `from` names one; resolves with what it printed. */
export async function curl(args: readonly string[], from?: string): Promise<string> {
  const command = ['curl', '--silent', '--show-error', '--max-time', '10', ...args];
  const [program = '', ...rest] = from === undefined ? command : ['nsenter', `--net=/run/netns/server-${from}`, ...command];
  return (await run(program, rest)).stdout;
}
