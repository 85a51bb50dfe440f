import { bool, choice, int, list, matching, str } from './option.ts';

const ONLY_ONE = 'there is only this one';

/** [certificates]: key manager of tenants' certificates, and the CA of amphora certificates. */
export const certificatesOptions = {
  cert_manager: choice(['barbican_cert_manager', 'castellan_cert_manager', 'local_cert_manager', 'noop_cert_manager'], 'barbican_cert_manager', 'Where listener and pool certificates are kept.'),
  cert_generator: choice(['local_cert_generator'], 'local_cert_generator', 'Who signs amphora certificates.', { unused: ONLY_ONE }),
  barbican_auth: choice(['barbican_acl_auth'], 'barbican_acl_auth', 'How access to tenants\' secrets is got.', { unused: ONLY_ONE }),
  service_name: str(null, 'Name of the key manager in the service catalog.'),
  endpoint: str(null, 'URL of the key manager, instead of the catalog\'s.'),
  region_name: str(null, 'Region of the key manager in the catalog.'),
  endpoint_type: str('publicURL', 'Interface of the key manager in the catalog.'),
  ca_certificates_file: str(null, 'CA file that proves the key manager.'),
  endpoint_override: str(null, 'The same as endpoint, which counts less.', { isAddition: true }),
  valid_interfaces: list(null, 'Interfaces of the key manager in the catalog, best first; endpoint_type counts less.', { isAddition: true }),
  cafile: str(null, 'The same as ca_certificates_file, which counts less.', { isAddition: true }),
  insecure: bool(false, 'Do not check the key manager\'s certificate.'),
  ca_certificate: str('/etc/ssl/certs/ssl-cert-snakeoil.pem', 'CA certificate that signs amphora certificates.', { defaultFromEnv: 'OS_OCTAVIA_TLS_CA_CERT' }),
  ca_private_key: str('/etc/ssl/private/ssl-cert-snakeoil.key', 'Private key of that CA.', { defaultFromEnv: 'OS_OCTAVIA_TLS_CA_KEY' }),
  ca_private_key_passphrase: str(null, 'Passphrase of that key.', { isSecret: true, defaultFromEnv: 'OS_OCTAVIA_CA_KEY_PASS' }),
  server_certs_key_passphrase: list(['insecure-key-do-not-use-this-key'], 'Keys of 32 base64url characters by which the original encrypts certificates in its casts. Ours carry none: they matter to its processes only.', {
    item: matching(/^[A-Za-z0-9\-_=]{32}$/), isSecret: true, defaultFromEnv: 'TLS_PASS_AMPS_DEFAULT',
  }),
  signing_digest: str('sha256', 'Digest of amphora certificates.', { defaultFromEnv: 'OS_OCTAVIA_CA_SIGNING_DIGEST' }),
  cert_validity_time: int(30 * 24 * 60 * 60, 'Seconds an amphora certificate is valid.'),
  storage_path: str('/var/lib/octavia/certificates/', 'Directory of local_cert_manager.', { defaultFromEnv: 'OS_OCTAVIA_TLS_STORAGE' }),
};
