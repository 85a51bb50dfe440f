import fc from 'fast-check';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { aclPattern, configWord, HaproxyConfigWriter, HaproxyTextRejected, logFormatLiteral, sampleFetch } from './config-writer.ts';
import { ExpectedCodesUnreadable } from './expected-codes.ts';
import { DEFAULT_HAPROXY_OPTIONS } from './options.ts';
import { parseHaproxyConfig } from './parse-config.ts';
import { renderHaproxy } from './render.ts';
import { createCheckBench } from './testdata/check-config.ts';
import { startHaproxy } from './testdata/live-haproxy.ts';
import type { LiveHaproxy } from './testdata/live-haproxy.ts';
import { SAMPLE_FACTS, sampleGraph, sampleId } from './testdata/sample-graph.ts';

const SAMPLES = [
  'x\nlisten evil\n  bind :1', 'a"b', "a'b", 'a#b', 'a\\', '\\', '\\"', 'a b', '\t', '%[src]', '%%', '%ci', '${HOME}', '$HOME', '"${HOME}"', 'a\u0000b', '-f', '--', '-i',
  '-m', '!x', '{', '}', 'if', 'unless', 'or', '||', 'é€😀', '\u0085', '\u2028', ',', ')', '(', 'a),lower(b', 'x'.repeat(3000), ' ', 'HTTP/1.1\r\nX: y', '\r', '\u007f', '&amp;', '<b>',
];
const hostile = fc.oneof(fc.constantFrom(...SAMPLES), fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), fc.string({ unit: 'grapheme', minLength: 1 }),
  fc.array(fc.constantFrom(...SAMPLES), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')));

const FIELDS = ['value', 'hostValue', 'key', 'cookieKey', 'dnKey', 'redirectUrl', 'redirectPrefix', 'cookieName', 'urlPath', 'domainName', 'listenerCiphers', 'poolCiphers',
  'expectedCodes', 'verifyResult', 'projectId', 'headerName', 'memberName'] as const;
type Field = (typeof FIELDS)[number];

/** Text that can be written at all. */
function isWritable(text: string): boolean {
  // oxlint-disable-next-line no-control-regex
  return text !== '' && !/[\u0000-\u0008\n-\u001f\u007f]/.test(text);
}

/** A load balancer with a tenant's text in one field, harmless text in the others. */
function render(field: Field | null, text: string): string {
  const at = (name: Field, harmless: string): string => (name === field ? text : harmless);
  const graph = sampleGraph({
    projectId: at('projectId', 'project'),
    listeners: [{
      protocol: 'TERMINATED_HTTPS', protocolPort: 443, defaultPoolId: sampleId('3', 1), tlsCiphers: at('listenerCiphers', 'HIGH'),
      insertHeaders: { [at('headerName', 'X-Forwarded-For')]: 'true' },
      l7policies: [
        { action: 'REDIRECT_TO_URL', redirectUrl: at('redirectUrl', 'http://u'), redirectHttpCode: 302, rules: [{ compareType: 'EQUAL_TO', value: at('value', 'v') }] },
        { action: 'REDIRECT_PREFIX', redirectPrefix: at('redirectPrefix', 'http://p'), rules: [{ type: 'HOST_NAME', compareType: 'CONTAINS', value: at('hostValue', 'v') }] },
        { rules: [{ type: 'HEADER', key: at('key', 'k'), value: 'v' }, { type: 'COOKIE', key: at('cookieKey', 'k'), value: 'v' }] },
        { rules: [{ type: 'SSL_DN_FIELD', key: at('dnKey', 'CN'), value: 'v' }, { type: 'SSL_VERIFY_RESULT', value: at('verifyResult', '1') }] },
      ],
    }],
    pools: [{
      members: [{ name: at('memberName', 'm') }], sessionPersistence: { type: 'APP_COOKIE', cookieName: at('cookieName', 'c') }, tlsEnabled: true, tlsCiphers: at('poolCiphers', 'HIGH'),
      healthMonitor: { urlPath: at('urlPath', '/'), domainName: at('domainName', 'd'), httpVersion: 1.1, expectedCodes: at('expectedCodes', '200') },
    }],
  });
  const tls = { listeners: { [sampleId('2', 1)]: { certificates: ['default.pem'], clientCa: 'ca.pem' } }, pools: {} };
  return renderHaproxy(graph, graph.amphorae[0]!, SAMPLE_FACTS, tls, DEFAULT_HAPROXY_OPTIONS);
}

/** Keywords and word counts; the flag terminator of ACLs counts for nothing. */
function shape(config: string): readonly string[] {
  return parseHaproxyConfig(config).sections.flatMap((section) => [
    `${section.kind} ${section.name}`, ...section.directives.map((directive) => `${directive[0]} ${directive.length - (directive[0] === 'acl' && directive.includes('--') ? 1 : 0)}`),
  ]);
}

describe('hostile text in any field', () => {
  const bench = createCheckBench();
  afterAll(() => bench.close());
  const harmless = shape(render(null, ''));

  test('adds no section, directive or word, and haproxy accepts the file', async () => {
    await fc.assert(fc.asyncProperty(fc.constantFrom(...FIELDS), hostile, async (field, text) => {
      let config: string;
      try {
        config = render(field, text);
      } catch (error) {
        expect(error instanceof HaproxyTextRejected || error instanceof ExpectedCodesUnreadable).toBe(true);
        return;
      }
      // The header's name selects among fixed headers: an unknown one writes nothing.
      const expected = field === 'headerName' && text !== 'X-Forwarded-For' ? harmless.filter((line, index) => line !== 'option 2' || harmless[index - 1] !== 'http-check 4') : harmless;
      expect(shape(config)).toEqual(expected);
      // Whether a word is a cipher that this OpenSSL has is not a matter of escaping.
      const isCipherWord = field.endsWith('Ciphers') && /^[A-Za-z0-9\-+!:@=_.]+$/.test(text);
      if (!isCipherWord) await bench.check(config);
    }), { numRuns: 60 });
  }, 60_000);

  test.each(['redirectUrl', 'redirectPrefix', 'listenerCiphers', 'poolCiphers'] as const)('%s with a line end is made harmless, as stored rows may have it', async (field) => {
    const config = render(field, 'http://x\n    http-request deny\nlisten evil');
    expect(shape(config)).toEqual(harmless);
    expect(config).not.toContain('\nlisten');
    await bench.check(config);
  });
});

describe('escaping', () => {
  const running: LiveHaproxy[] = [];
  afterEach(async () => { await Promise.all(running.splice(0).map((haproxy) => haproxy.stop())); });

  const word = hostile.filter(isWritable);

  test('a written word is read back unchanged, among others', () => {
    fc.assert(fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
      const writer = new HaproxyConfigWriter();
      writer.section('frontend', 'f').add('keyword', ...words);
      expect(parseHaproxyConfig(writer.toString()).sections[0]?.directives).toEqual([['keyword', ...words]]);
    }));
  });

  test.each(['', 'a\nb', 'a\rb', 'a\u0000b', '\u007f'])('%j cannot be written and is refused', (text) => {
    expect(() => configWord(text)).toThrow(HaproxyTextRejected);
  });

  test('a section name that could hold anything else is refused', () => {
    expect(() => new HaproxyConfigWriter().section('backend', 'a b')).toThrow(HaproxyTextRejected);
    expect(() => new HaproxyConfigWriter().section('backend', 'a\nb')).toThrow(HaproxyTextRejected);
    expect(() => { new HaproxyConfigWriter().comment('a\nb'); }).toThrow(HaproxyTextRejected);
  });

  test('haproxy itself reads ACL values as they were meant', async () => {
    const values = SAMPLES.filter((text) => isWritable(text) && text.length < 100);
    const writer = new HaproxyConfigWriter();
    writer.section('global').add('stats', 'socket', '/var/lib/octavia/11111111-0000-4000-8000-000000000001.admin.sock', 'level', 'admin');
    const frontend = writer.section('frontend', 'f');
    frontend.add('mode', 'http');
    frontend.add('bind', '10.0.0.2:80');
    frontend.add('timeout', 'client', '1s');
    values.forEach((value, index) => {
      frontend.add('acl', `a${index}`, sampleFetch('req.hdr', `key ${value}`), '-m', 'str', ...aclPattern(value));
      frontend.add('http-request', 'set-header', 'X', logFormatLiteral(value), 'if', `a${index}`);
    });
    const haproxy = await startHaproxy(writer.toString());
    running.push(haproxy);
    for (const [index, value] of values.entries()) {
      const answer = await haproxy.ask(`show acl #${index}`);
      expect(answer.slice(answer.indexOf(' ') + 1, -2)).toBe(value);
    }
  });
});
