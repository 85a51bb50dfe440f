import { readFileSync } from 'node:fs';
import type { AmphoraClientFactory } from '../../amphora/client/amphora-client.ts';
import { createNoopAmphoraClientFactory } from '../../amphora/client/noop-client.ts';
import { createAmphoraClientFactory } from '../../amphora/client/rest-client.ts';
import type { Bus } from '../../bus/bus.ts';
import { connectOsloBus } from '../../bus/oslo-bus.ts';
import type { Config } from '../../config/config.ts';
import type { CertGenerator, CertManager } from '../../drivers/certs/cert-manager.ts';
import { createLocalCertGenerator } from '../../drivers/certs/local-cert-generator.ts';
import { createLocalCertManager } from '../../drivers/certs/local-cert-manager.ts';
import { createNoopCertManager } from '../../drivers/certs/noop-cert-manager.ts';
import type { ComputeDriver } from '../../drivers/compute/compute-driver.ts';
import { createNoopCompute } from '../../drivers/compute/noop.ts';
import type { NetworkDriver } from '../../drivers/network/network-driver.ts';
import { createNoopNetworkDriver } from '../../drivers/network/noop.ts';
import { OctaviaError } from '../../lib/errors.ts';
import type { Logger } from '../../telemetry/logger.ts';

/** A driver that octavia.conf names and this process cannot use. */
export class DriverNotAvailable extends OctaviaError {
  constructor(option: string, name: string, available: readonly string[]) {
    super('driver-not-available', `${option} = ${name} is not available in a separate process; available: ${available.join(', ')}.`);
  }
}

export function chooseNetwork(config: Config): NetworkDriver {
  const name = config.controller_worker.network_driver;
  if (name === 'network_noop_driver') return createNoopNetworkDriver();
  throw new DriverNotAvailable('[controller_worker] network_driver', name, ['network_noop_driver']);
}

export function chooseCompute(config: Config): ComputeDriver {
  const name = config.controller_worker.compute_driver;
  if (name === 'compute_noop_driver') return createNoopCompute();
  throw new DriverNotAvailable('[controller_worker] compute_driver', name, ['compute_noop_driver']);
}

export function chooseCertManager(config: Config): CertManager {
  const name = config.certificates.cert_manager;
  if (name === 'local_cert_manager') return createLocalCertManager(config.certificates.storage_path);
  if (name === 'noop_cert_manager') return createNoopCertManager();
  throw new DriverNotAvailable('[certificates] cert_manager', name, ['local_cert_manager', 'noop_cert_manager']);
}

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
    { clientCertPem: readFileSync(haproxy_amphora.client_cert, 'utf8'), serverCaPem: readFileSync(haproxy_amphora.server_ca, 'utf8') },
  );
}

export function connectBus({ DEFAULT, oslo_messaging_rabbit }: Config, log: Logger): Promise<Bus> {
  return connectOsloBus(DEFAULT.transport_url, { host: DEFAULT.host, exchange: DEFAULT.control_exchange, rabbit: oslo_messaging_rabbit, log });
}
