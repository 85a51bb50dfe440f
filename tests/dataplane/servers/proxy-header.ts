/** What a PROXY protocol header (version 1 or 2) says, or null while it is incomplete. */
export interface ProxyHeader {
  readonly version: 1 | 2;
  readonly length: number;
  readonly source: string;
  readonly destination: string;
  readonly destinationPort: number;
  /** The TLS part of version 2: did the client present a certificate, and its CN. */
  readonly tls?: { readonly overTls: boolean; readonly certificateSent: boolean; readonly version: string; readonly commonName: string | null };
}

const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
const TLS_PART = 0x20;
const TLS_VERSION = 0x21;
const TLS_COMMON_NAME = 0x22;

export function readProxyHeader(data: Buffer): ProxyHeader | null {
  return data.subarray(0, SIGNATURE.length).equals(SIGNATURE) ? readBinary(data) : readText(data);
}

function readText(data: Buffer): ProxyHeader | null {
  const end = data.indexOf('\r\n');
  if (end < 0) return null;
  const [word, , source = '', destination = '', , port] = data.subarray(0, end).toString('latin1').split(' ');
  if (word !== 'PROXY') throw new Error(`no PROXY header: ${data.subarray(0, end).toString('latin1')}`);
  return { version: 1, length: end + 2, source, destination, destinationPort: Number(port) };
}

function readBinary(data: Buffer): ProxyHeader | null {
  if (data.length < 16) return null;
  const length = 16 + data.readUInt16BE(14);
  if (data.length < length) return null;
  const isIpv4 = data.readUInt8(13) >> 4 === 1;
  const size = isIpv4 ? 4 : 16;
  const address = (at: number): string => (isIpv4 ? [...data.subarray(at, at + 4)].join('.') : (data.subarray(at, at + 16).toString('hex').match(/.{4}/g) ?? []).join(':'));
  const fields = partsOf(data.subarray(16 + 2 * size + 4, length));
  const tls = fields.get(TLS_PART);
  return {
    version: 2, length, source: address(16), destination: address(16 + size), destinationPort: data.readUInt16BE(16 + 2 * size + 2),
    ...(tls && { tls: readTls(tls) }),
  };
}

function readTls(part: Buffer): NonNullable<ProxyHeader['tls']> {
  const client = part.readUInt8(0);
  const fields = partsOf(part.subarray(5));
  return {
    overTls: (client & 1) !== 0, certificateSent: (client & 6) !== 0,
    version: fields.get(TLS_VERSION)?.toString() ?? '', commonName: fields.get(TLS_COMMON_NAME)?.toString() ?? null,
  };
}

function partsOf(data: Buffer): Map<number, Buffer> {
  const parts = new Map<number, Buffer>();
  for (let at = 0; at + 3 <= data.length; at += 3 + data.readUInt16BE(at + 1)) parts.set(data.readUInt8(at), data.subarray(at + 3, at + 3 + data.readUInt16BE(at + 1)));
  return parts;
}
