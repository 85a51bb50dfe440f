import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../src/lib/run.ts';
import { amphoraOf, outputOf, startByHand } from '../reference/by-hand.ts';
import { inTurns } from '../reference/rounds.ts';
import { createFull, makeFastServer, verdict, withStage, type Stage } from '../stage.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);
const KEYS = { 'P-256': ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'], 'RSA-2048': ['-newkey', 'rsa:2048'] } as const;

/** A self-signed certificate as PKCS#12 in the key manager and as PEM for haproxy. */
async function certificate(stage: Stage, name: string, key: readonly string[]): Promise<{ ref: string; pem: string }> {
  const file = (suffix: string): string => join(stage.dataDir, `${name}.${suffix}`);
  await run('openssl', ['req', '-x509', '-nodes', ...key, '-subj', '/CN=bench.example', '-days', '2', '-keyout', file('key'), '-out', file('crt')]);
  await run('openssl', ['pkcs12', '-export', '-inkey', file('key'), '-in', file('crt'), '-passout', 'pass:', '-out', file('p12')]);
  writeFileSync(file('pem'), readFileSync(file('crt'), 'utf8') + readFileSync(file('key'), 'utf8'));
  const secret = await stage.client.request('POST', '/key-manager/v1/secrets', {
    name, payload: readFileSync(file('p12')).toString('base64'), payload_content_type: 'application/octet-stream', payload_content_encoding: 'base64',
  });
  return { ref: String(secret['secret_ref']), pem: file('pem') };
}

/** Handshakes with openssl's own client, which needs more time for each than the server: processor time is the figure. */
async function handshakes(address: string, kind: 'full' | 'resumed', version: '-tls1_2' | '-tls1_3'): Promise<{ requests: number; perSecond: number }> {
  const printed = await outputOf('openssl', ['s_time', '-connect', address, kind === 'full' ? '-new' : '-reuse', version, '-time', '3']);
  const [, count, seconds] = [...printed.matchAll(/(\d+) connections in (\d+) real seconds/g)].at(-1) ?? [];
  if (!(Number(count) > 0)) throw new Error(`openssl s_time ${address}: ${printed}`);
  return { requests: Number(count), perSecond: Number(count) / Math.max(1, Number(seconds)) };
}

/** TLS handshakes through our TERMINATED_HTTPS listener against haproxy with the same certificate by hand. */
await withStage('[haproxy_amphora]\nconnection_logging = False\n', async (stage) => {
  await makeFastServer(stage, 'web1', '10.0.10.11');
  for (const [name, key] of Object.entries(KEYS)) {
    const { ref, pem } = await certificate(stage, name, key);
    const { id, vip } = await createFull(stage, name, ['10.0.10.11'], { protocol: 'TERMINATED_HTTPS', protocol_port: 443, default_tls_container_ref: ref });
    await stage.client.waitActive(id);
    const { namespace, worker } = await amphoraOf();
    const byHand = await startByHand(stage, { namespace, vip }, { port: 8443, bind: `ssl crt ${pem} ssl-min-ver TLSv1.2`, global: ['tune.ssl.default-dh-param 2048'] });
    for (const [kind, version] of [['full', '-tls1_3'], ['full', '-tls1_2'], ['resumed', '-tls1_2']] as const) {
      const at = (port: number, pid: number) => ({ pid, load: () => handshakes(`${vip}:${port}`, kind, version) });
      const found = await inTurns(rounds, { byHand: at(8443, byHand), ours: at(443, worker) });
      const ratio = found.byHand.cpuMicros / found.ours.cpuMicros;
      verdict(`${name} ${kind} ${version.slice(1)}: ours ${found.ours.cpuMicros.toFixed(0)} us of CPU (${(1e6 / found.ours.cpuMicros).toFixed(0)} per CPU second, ${found.ours.perSecond.toFixed(0)}/s here), by hand ${found.byHand.cpuMicros.toFixed(0)} us (${found.byHand.perSecond.toFixed(0)}/s), ratio ${ratio.toFixed(3)}, n=${rounds} (goal >= 0.97)`, ratio >= 0.97);
    }
    await stage.client.request('DELETE', `/v2/lbaas/loadbalancers/${id}?cascade=true`);
    await stage.client.waitGone(id);
  }
});
