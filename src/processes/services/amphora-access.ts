import { readFileSync } from 'node:fs';
import type { AmphoraClientFactory } from '../../amphora/client/amphora-client.ts';
import { createNoopAmphoraClientFactory } from '../../amphora/client/noop-client.ts';
import { createAmphoraClientFactory } from '../../amphora/client/rest-client.ts';
import type { Config } from '../../config/config.ts';
import type { CertGenerator } from '../../drivers/certs/cert-manager.ts';
import { createLocalCertGenerator } from '../../drivers/certs/local-cert-generator.ts';
import { OctaviaError, reasonOf } from '../../lib/errors.ts';

export function chooseCertGenerator({ certificates }: Config): CertGenerator {
  return createLocalCertGenerator({
    caCertificate: certificates.ca_certificate,
    caPrivateKey: certificates.ca_private_key,
    passphrase: certificates.ca_private_key_passphrase,
    signingDigest: certificates.signing_digest,
  });
}

/** Clients of amphora agents with the retry rules and certificates of [haproxy_amphora]; no-op ones for amphora_noop_driver. */
export function chooseAmphoraClients({ controller_worker, haproxy_amphora }: Config): AmphoraClientFactory {
  if (controller_worker.amphora_driver === 'amphora_noop_driver') return createNoopAmphoraClientFactory();
  return createAmphoraClientFactory(
    {
      port: haproxy_amphora.bind_port,
      connectTimeoutMs: haproxy_amphora.rest_request_conn_timeout * 1000,
      readTimeoutMs: haproxy_amphora.rest_request_read_timeout * 1000,
      linkLocalInterface: haproxy_amphora.lb_network_interface,
      retries: {
        boot: { maxRetries: haproxy_amphora.connection_max_retries, intervalMs: haproxy_amphora.connection_retry_interval * 1000 },
        active: { maxRetries: haproxy_amphora.active_connection_max_retries, intervalMs: haproxy_amphora.active_connection_retry_interval * 1000 },
        failover: { maxRetries: haproxy_amphora.failover_connection_max_retries, intervalMs: haproxy_amphora.failover_connection_retry_interval * 1000 },
      },
    },
    { clientCertPem: readCredential(haproxy_amphora, 'client_cert'), serverCaPem: readCredential(haproxy_amphora, 'server_ca') },
  );
}

/** The text of a file without which no amphora can be reached. Throws naming the option and what makes such files. */
export function readCredential(haproxyAmphora: Config['haproxy_amphora'], option: 'client_cert' | 'server_ca'): string {
  try {
    return readFileSync(haproxyAmphora[option], 'utf8');
  } catch (error) {
    throw new OctaviaError('no-amphora-credential', `[haproxy_amphora] ${option}: ${reasonOf(error)}. octavia certificates create DIRECTORY makes these files; name them in octavia.conf`, { cause: error });
  }
}
