import type { CertManager, TlsBundle } from '../../drivers/certs/cert-manager.ts';
import { bundleFromPem, splitCertificates } from '../../drivers/certs/tls-bundle.ts';
import { DriverFailure } from '../../drivers/errors.ts';
import { reasonOf } from '../../lib/errors.ts';
import { currentRequestScope } from '../../openstack/request-scope.ts';
import type { Clock } from '../../lib/clock.ts';
import type { TokenInfo, TokenValidator } from '../../openstack/token.ts';
import { idOfRef, isExpired, keyTimestamp, type ContainerRecord, type KeyRecords, type SecretRecord } from './key-records.ts';
import { mayRead } from './key-service.ts';
import { readPkcs12 } from '../../drivers/certs/pkcs12.ts';

type Guarded = SecretRecord | ContainerRecord;
type Judge = (record: Guarded) => boolean;

/**
 * The embedded key manager as Octavia's: a reference names a PKCS12 secret or a certificate container. `grantAccess` asks
 * whether the user may read it and each of its secrets; from then on the ACL names the service user, as with Barbican.
 */
export function createMiniCertManager(records: KeyRecords, service: { readonly userId: string; readonly tokens: TokenValidator; readonly clock: Clock }): CertManager {
  const forService = (projectId: string | null): Judge => (record) =>
    projectId === null || record.projectId === projectId || record.acl.users.includes(service.userId);
  const secretOf = (ref: string, isReadable: Judge): SecretRecord => {
    const secret = records.secrets.get(idOfRef(ref) ?? '');
    if (!secret || !isReadable(secret)) throw failure('get_secret', `Secret ${ref} was not found or may not be read.`);
    if (isExpired(secret, service.clock.now())) throw failure('get_secret', `Secret ${ref} has expired: store it anew, with a later expiration or none, and refer to that one.`);
    return secret;
  };
  const containerOf = (ref: string, isReadable: Judge): ContainerRecord | null => {
    const container = records.containers.get(idOfRef(ref) ?? '');
    return container && isReadable(container) ? container : null;
  };
  const payloadOf = (secret: SecretRecord): Buffer => {
    if (!secret.payload) throw failure('get_secret', `Secret ${secret.id} has no payload.`);
    return Buffer.from(secret.payload.base64, 'base64');
  };
  const bundleOfContainer = (container: ContainerRecord, isReadable: Judge): TlsBundle => {
    const part = (name: string): Buffer | null => {
      const entry = container.secrets.find((candidate) => candidate.name === name);
      return entry ? payloadOf(secretOf(entry.secretId, isReadable)) : null;
    };
    const required = (name: string, what: string): string => {
      const content = part(name);
      if (content === null) throw failure('get_cert', `Container ${container.id} holds no ${what}.`);
      return content.toString('utf8');
    };
    return bundleFromPem({
      certificate: required('certificate', 'certificate'), privateKey: required('private_key', 'private key'),
      privateKeyPassphrase: part('private_key_passphrase')?.toString('utf8') ?? null, intermediates: splitCertificates(part('intermediates') ?? ''),
    });
  };
  const withServiceUser = <T extends Guarded>(record: T): T => ({
    ...record, acl: { ...record.acl, users: [...new Set([...record.acl.users, service.userId])] }, updatedAt: keyTimestamp(),
  });

  return {
    getBundle: async (ref, projectId) => {
      const isReadable = forService(projectId);
      const container = containerOf(ref, isReadable);
      if (container) return bundleOfContainer(container, isReadable);
      const secret = secretOf(ref, isReadable);
      try {
        return bundleFromPem(readPkcs12(payloadOf(secret)));
      } catch (error) {
        throw error instanceof DriverFailure ? error : failure('get_cert', `Secret ${secret.id}: ${reasonOf(error)}`, error);
      }
    },
    getSecret: async (ref, projectId) => payloadOf(secretOf(ref, forService(projectId))).toString('utf8'),
    grantAccess: async (ref, projectId) => {
      const caller = await askingUser(service.tokens);
      // Without a known user (noauth) nothing but the load balancer's project says whose secret may be used.
      const isReadable: Judge = caller ? (record) => mayRead(caller, record) : (record) => projectId === null || record.projectId === projectId;
      records.store.transaction(() => {
        const container = containerOf(ref, isReadable);
        const secrets = container ? container.secrets.map((entry) => secretOf(entry.secretId, isReadable)) : [secretOf(ref, isReadable)];
        if (container) records.containers.put(withServiceUser(container));
        for (const secret of secrets) if (!secret.acl.users.includes(service.userId)) records.secrets.put(withServiceUser(secret));
      });
    },
  };
}

async function askingUser(tokens: TokenValidator): Promise<TokenInfo | null> {
  const token = currentRequestScope()?.token;
  return token === undefined ? null : tokens.validate(token);
}

function failure(call: string, reason: string, cause?: unknown): DriverFailure {
  return new DriverFailure('key-manager', call, reason, { retry: 'wait', ...(cause !== undefined && { cause }) });
}
