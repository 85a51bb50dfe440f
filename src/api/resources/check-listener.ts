import type { ListenerProtocol } from '../../model/enums.ts';
import type { UpdateBody, CreateBody, NestedBody } from '../../model/resources/resource.ts';
import type { listener } from '../../model/resources/listener.ts';
import { checkInsertHeaders } from '../../model/rules/insert-headers.ts';
import { isDatagramProtocol } from '../../model/rules/protocols.ts';
import { checkAlpnProtocols, checkCiphers, checkHstsOnCreate, checkHstsOnUpdate, checkTlsVersions } from '../../model/rules/tls.ts';
import { disabledOption, validationFailure } from '../../model/violation.ts';
import type { Database } from '../../store/database.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { requireCaAndCrl, requireCertificates } from './certificate-checks.ts';

export type NewListener = CreateBody<typeof listener> | NestedBody<typeof listener>;
type ListenerChanges = UpdateBody<typeof listener>;
type CheckDependencies = Pick<ApiDependencies, 'config' | 'certManager' | 'log'>;

interface TlsReferences {
  readonly default_tls_container_ref?: string | null | undefined;
  readonly sni_container_refs?: readonly string[] | null | undefined;
  readonly client_ca_tls_container_ref?: string | null | undefined;
}

const hasServerCertificate = (body: TlsReferences) => Boolean(body.default_tls_container_ref) || (body.sni_container_refs ?? []).length > 0;
const hasReferences = (body: TlsReferences) => hasServerCertificate(body) || Boolean(body.client_ca_tls_container_ref);

/** TERMINATED_HTTPS always ends TLS; PROMETHEUS does when given certificates. */
const endsTls = (protocol: ListenerProtocol, body: TlsReferences) => protocol === 'TERMINATED_HTTPS' || (protocol === 'PROMETHEUS' && hasReferences(body));

/** Every rule about a new listener that needs no database; certificates are fetched (octavia: controllers/listener.py). */
export async function checkNewListener(deps: CheckDependencies, projectId: string | null, body: NewListener): Promise<void> {
  const { api_settings: settings } = deps.config;
  const { protocol } = body;
  checkInsertHeaders(body.insert_headers, protocol);
  if (isDatagramProtocol(protocol) && hasServerCertificate(body)) throw validationFailure(`${protocol} protocol listener does not support TLS.`);
  const isTls = endsTls(protocol, body);
  const shown = protocol === 'PROMETHEUS' ? 'PROMETHEUS with TLS' : protocol;
  if (isTls && !settings.allow_tls_terminated_listeners) throw disabledOption('protocol', shown);
  if (protocol === 'PROMETHEUS' && !settings.allow_prometheus_listeners) throw disabledOption('protocol', protocol);
  checkNewReferences(body, isTls, shown);
  checkCiphers(body.tls_ciphers, settings.tls_cipher_prohibit_list);
  if (isTls) {
    checkTlsVersions(body.tls_versions, settings.minimum_tls_version);
    checkAlpnProtocols(body.alpn_protocols);
  }
  checkHstsOnCreate(body, protocol);
  await requireCertificates(deps, projectId, [...(body.sni_container_refs ?? []), body.default_tls_container_ref]);
  if (body.client_ca_tls_container_ref) await requireCaAndCrl(deps, projectId, body.client_ca_tls_container_ref, body.client_crl_container_ref ?? null);
}

function checkNewReferences(body: NewListener, isTls: boolean, shown: string): void {
  // A client CA alone is answered with what it lacks, whatever the protocol, as in the original.
  if (!isTls && hasServerCertificate(body)) throw validationFailure(`Certificate container references are not allowed on ${body.protocol} protocol listeners.`);
  if (body.client_ca_tls_container_ref && !hasServerCertificate(body)) {
    throw validationFailure('An SNI or default certificate container reference must be provided with a client CA container reference.');
  }
  if (isTls && !hasServerCertificate(body)) throw validationFailure(`An SNI or default certificate container reference must be provided for ${shown} protocol listeners.`);
  checkClientAuthentication(body.client_authentication, Boolean(body.client_ca_tls_container_ref));
  if (body.client_crl_container_ref && !body.client_ca_tls_container_ref) throw crlWithoutCa();
}

function checkClientAuthentication(mode: string | null | undefined, hasCa: boolean): void {
  if (!mode || mode === 'NONE' || hasCa) return;
  throw validationFailure(`Client authentication setting ${mode} requires a client CA container reference.`);
}

const crlWithoutCa = () => validationFailure('A client authentication CA reference is required to specify a client authentication revocation list.');

/** Rules about changes of a listener; `row` is the listener as it is. */
export async function checkListenerChanges(deps: CheckDependencies, row: Database['listener'], body: ListenerChanges): Promise<void> {
  const { protocol } = row;
  if (isDatagramProtocol(protocol) && (hasReferences(body) || Object.keys(body.insert_headers ?? {}).length > 0)) {
    throw validationFailure(`${protocol} protocol listener does not support TLS or header insertion.`);
  }
  if (!endsTls(protocol, body) && hasReferences(body)) throw validationFailure(`Certificate container references are not allowed on ${protocol} protocol listeners.`);
  const ca = body.client_ca_tls_container_ref === undefined ? row.client_ca_tls_certificate_id : body.client_ca_tls_container_ref;
  const crl = body.client_crl_container_ref === undefined ? row.client_crl_container_id : body.client_crl_container_ref;
  checkClientAuthentication(body.client_authentication, Boolean(ca));
  if (crl && !ca) throw crlWithoutCa();
  checkInsertHeaders(body.insert_headers, protocol);
  checkCiphers(body.tls_ciphers, deps.config.api_settings.tls_cipher_prohibit_list);
  checkTlsVersions(body.tls_versions, deps.config.api_settings.minimum_tls_version);
  checkAlpnProtocols(body.alpn_protocols);
  checkHstsOnUpdate(body, { protocol, hstsMaxAge: row.hsts_max_age });
  await requireCertificates(deps, row.project_id, [...(body.sni_container_refs ?? []), body.default_tls_container_ref]);
  const isCaTouched = body.client_ca_tls_container_ref !== undefined || body.client_crl_container_ref !== undefined;
  if (ca && isCaTouched) await requireCaAndCrl(deps, row.project_id, ca, crl);
}
