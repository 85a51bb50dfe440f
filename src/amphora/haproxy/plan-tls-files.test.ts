import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { planTlsFiles, TlsMaterialMissing, tlsReferences } from './plan-tls-files.ts';
import { sampleGraph, sampleId } from './testdata/sample-graph.ts';

const GRAPH = sampleGraph({
  listeners: [
    { protocol: 'TERMINATED_HTTPS', tlsContainerRef: 'ref:a', sniContainerRefs: ['ref:b', 'ref:a'], clientCaTlsContainerRef: 'ref:ca', clientCrlContainerRef: 'ref:crl', defaultPoolId: sampleId('3', 1) },
    { protocol: 'TERMINATED_HTTPS', sniContainerRefs: ['ref:b'], enabled: false },
    { protocol: 'HTTP', tlsContainerRef: 'ref:unused' },
  ],
  pools: [{ tlsEnabled: true, tlsContainerRef: 'ref:client', caTlsContainerRef: 'ref:ca' }, { tlsEnabled: true, tlsContainerRef: 'ref:not-served' }],
});
const parts = (name: string): { certificate: string; privateKey: string; intermediates: readonly string[] } => ({ certificate: `cert ${name}`, privateKey: `key ${name}`, intermediates: [`chain ${name}`] });
const MATERIAL = {
  bundles: new Map(['a', 'b', 'client'].map((name) => [`ref:${name}`, parts(name)])),
  secrets: new Map([['ref:ca', 'the ca'], ['ref:crl', 'the crl']]),
};
const sha1 = (text: string): string => `${createHash('sha1').update(text).digest('hex')}.pem`;

test('only what listeners and served pools use is fetched', () => {
  expect(tlsReferences(GRAPH)).toEqual({ bundles: new Set(['ref:a', 'ref:b', 'ref:client']), secrets: new Set(['ref:ca', 'ref:crl']) });
});

test('files carry the names and contents that the original writes, each once', () => {
  const { tls, files } = planTlsFiles(GRAPH, MATERIAL, '/certs');
  expect(tls).toEqual({
    listeners: {
      [sampleId('2', 1)]: { certificates: [sha1('cert a'), sha1('cert b')], clientCa: sha1('the ca'), clientCrl: sha1('the crl') },
      [sampleId('2', 2)]: { certificates: [sha1('cert b')] },
    },
    pools: { [sampleId('3', 1)]: { clientCertificate: sha1('cert client'), ca: sha1('the ca') } },
  });
  const content = new Map(files.map((file) => [file.name, file.content]));
  expect(content.get(sha1('cert a'))).toBe('cert a\nkey a\nchain a\n');
  expect(content.get(`${sampleId('2', 1)}.pem`)).toBe(`/certs/${GRAPH.id}/${sha1('cert a')}\n/certs/${GRAPH.id}/${sha1('cert b')}\n`);
  expect(content.get(sha1('the ca'))).toBe('the ca');
  expect(files).toHaveLength(7);
});

test('material that could not be fetched is named with its object', () => {
  const act = (): unknown => planTlsFiles(GRAPH, { ...MATERIAL, secrets: new Map() }, '/certs');
  expect(act).toThrow(TlsMaterialMissing);
  expect(act).toThrow(/ref:ca of 22222222/);
});
