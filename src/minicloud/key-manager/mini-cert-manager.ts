import type { CertManager, TlsBundle } from '../../drivers/certs/cert-manager.ts';
import { bundleFromPem, splitCertificates } from '../../drivers/certs/tls-bundle.ts';
import { DriverFailure } from '../../drivers/errors.ts';
import { reasonOf } from '../../lib/errors.ts';
import { idOfRef, keyTimestamp, type ContainerRecord, type KeyRecords, type SecretRecord } from './key-records.ts';
import { readPkcs12 } from '../../drivers/certs/pkcs12.ts';

/**
 * The embedded key manager as Octavia's: a reference names a PKCS12 secret or a certificate container. A secret of another
 * project is read only when its ACL names the service user, as with Barbican.
 */
export function createMiniCertManager(records: KeyRecords, serviceUserId: string): CertManager {
  const mayRead = (record: SecretRecord | ContainerRecord, projectId: string | null) =>
    projectId === null || record.projectId === projectId || record.acl.users.includes(serviceUserId);
  const secretOf = (ref: string, projectId: string | null): SecretRecord => {
    const secret = records.secrets.get(idOfRef(ref) ?? '');
    if (!secret || !mayRead(secret, projectId)) throw failure('get_secret', `Secret ${ref} was not found or may not be read.`);
    return secret;
  };
  const payloadOf = (secret: SecretRecord): Buffer => {
    if (!secret.payload) throw failure('get_secret', `Secret ${secret.id} has no payload.`);
    return Buffer.from(secret.payload.base64, 'base64');
  };
  const bundleOfContainer = (container: ContainerRecord): TlsBundle => {
    const part = (name: string): Buffer | null => {
      const entry = container.secrets.find((candidate) => candidate.name === name);
      const secret = entry && records.secrets.get(entry.secretId);
      return secret ? payloadOf(secret) : null;
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

  return {
    getBundle: async (ref, projectId) => {
      const container = records.containers.get(idOfRef(ref) ?? '');
      if (container && mayRead(container, projectId)) return bundleOfContainer(container);
      const secret = secretOf(ref, projectId);
      try {
        return bundleFromPem(readPkcs12(payloadOf(secret)));
      } catch (error) {
        throw error instanceof DriverFailure ? error : failure('get_cert', `Secret ${secret.id}: ${reasonOf(error)}`, error);
      }
    },
    getSecret: async (ref, projectId) => payloadOf(secretOf(ref, projectId)).toString('utf8'),
    grantAccess: async (ref, projectId) => {
      const withUser = <T extends SecretRecord | ContainerRecord>(record: T): T => ({
        ...record, acl: { ...record.acl, users: [...new Set([...record.acl.users, serviceUserId])] }, updatedAt: keyTimestamp(),
      });
      records.store.transaction(() => {
        const container = records.containers.get(idOfRef(ref) ?? '');
        const secrets = container && mayRead(container, projectId) ? container.secrets.flatMap((entry) => records.secrets.get(entry.secretId) ?? []) : [secretOf(ref, projectId)];
        if (container && mayRead(container, projectId)) records.containers.put(withUser(container));
        for (const secret of secrets) if (!secret.acl.users.includes(serviceUserId)) records.secrets.put(withUser(secret));
      });
    },
  };
}

function failure(call: string, reason: string, cause?: unknown): DriverFailure {
  return new DriverFailure('key-manager', call, reason, { retry: 'wait', ...(cause !== undefined && { cause }) });
}
