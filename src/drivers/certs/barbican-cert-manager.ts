import { reasonOf } from '../../lib/errors.ts';
import { objectOf, objectsOf, textOf, textsOf, type JsonObject } from '../../openstack/json.ts';
import { ServiceFailure } from '../../openstack/keystone/service-failure.ts';
import { currentRequestScope } from '../../openstack/request-scope.ts';
import type { ServiceClient } from '../../openstack/service-client.ts';
import { DriverFailure } from '../errors.ts';
import type { CertManager, TlsBundle } from './cert-manager.ts';
import { readPkcs12 } from './pkcs12.ts';
import { bundleFromPem, splitCertificates } from './tls-bundle.ts';

/**
 * Certificates of Barbican (`barbican_cert_manager`): a reference names a PKCS12 secret or a certificate container. Its
 * host does not count, Barbican is found as octavia.conf says. Everything is read as the service user, whom `grantAccess`
 * enters into the read lists in the name of the user that asks. He sees what any load balancer uses, so whatever a user
 * names must pass `grantAccess` first: it refuses what that user may not read himself.
 */
export function createBarbicanCertManager(barbican: ServiceClient): CertManager {
  const payload = (secretId: string, expected: ContentType) => readPayload(barbican, secretId, expected);
  return {
    async getBundle(ref) {
      const { kind, id } = parseRef(ref);
      if (kind === 'containers') return readContainer(barbican, id, (secretId) => payload(secretId, 'text/plain'));
      return bundleFromPkcs12(id, await payload(id, 'application/octet-stream'));
    },
    async getSecret(ref) {
      return (await payload(parseRef(ref).id, 'text/plain')).toString('utf8');
    },
    async grantAccess(ref) {
      const token = currentRequestScope()?.token;
      // Without a user there is nobody in whose name access could be granted (noauth).
      if (token === undefined) return;
      const { userId } = await barbican.identity();
      if (userId === null) return;
      const { kind, id } = parseRef(ref);
      const share = { userId, token };
      const grantSecret = async (secretId: string) => {
        if (!(await grantRead(barbican, `/secrets/${secretId}`, share))) await requireReadable(barbican, secretId, token);
      };
      if (kind === 'secrets') return grantSecret(id);
      // Answered at all, the container may be read by the user.
      const secrets = [...partsOf(await requireContainer(barbican, id, token)).values()];
      await Promise.all([grantRead(barbican, `/containers/${id}`, share), ...secrets.map(grantSecret)]);
    },
  };
}

/** Castellan with Barbican behind it (`castellan_cert_manager`): PKCS12 secrets only, and no access lists. */
export function createCastellanCertManager(barbican: ServiceClient): CertManager {
  const payload = (ref: string, expected: ContentType) => readPayload(barbican, parseRef(ref).id, expected);
  return {
    getBundle: async (ref) => bundleFromPkcs12(parseRef(ref).id, await payload(ref, 'application/octet-stream')),
    getSecret: async (ref) => (await payload(ref, 'text/plain')).toString('utf8'),
    grantAccess: async () => undefined,
  };
}

type ContentType = 'text/plain' | 'application/octet-stream';

interface Ref { readonly kind: 'secrets' | 'containers'; readonly id: string }

/** `https://host/v1/secrets/<id>` and `.../containers/<id>`; a bare id is a secret's. */
function parseRef(ref: string): Ref {
  const match = /(?:^|\/)(?:(secrets|containers)\/)?([0-9a-fA-F-]{32,36})\/?$/.exec(ref);
  if (match?.[2] === undefined) throw unusable('read reference', `${ref} is no reference to a secret or container.`);
  return { kind: match[1] === 'containers' ? 'containers' : 'secrets', id: match[2] };
}

async function readContainer(barbican: ServiceClient, id: string, payload: (secretId: string) => Promise<Buffer>): Promise<TlsBundle> {
  const parts = partsOf(await requireContainer(barbican, id));
  const read = async (name: string): Promise<Buffer | null> => {
    const secretId = parts.get(name);
    return secretId === undefined ? null : payload(secretId);
  };
  const [certificate, privateKey, passphrase, intermediates] = await Promise.all([read('certificate'), read('private_key'), read('private_key_passphrase'), read('intermediates')]);
  if (certificate === null) throw unusable('read container', `Container ${id} holds no certificate.`);
  if (privateKey === null) throw unusable('read container', `Container ${id} holds no private key.`);
  return bundleFromPem({
    certificate: certificate.toString('utf8'), privateKey: privateKey.toString('utf8'), privateKeyPassphrase: passphrase?.toString('utf8') ?? null,
    intermediates: splitCertificates(intermediates ?? ''),
  });
}

async function requireContainer(barbican: ServiceClient, id: string, token?: string): Promise<JsonObject> {
  const answer = await barbican.send('GET', `/containers/${id}`, { accept: [404], ...(token !== undefined && { token }) });
  if (answer.status === 404) throw unusable('read container', `Container ${id} was not found.`);
  return objectOf(answer.body);
}

/** Ids of a container's secrets, by the names that Barbican's certificate containers give them. */
function partsOf(container: JsonObject): ReadonlyMap<string, string> {
  return new Map(objectsOf(container['secret_refs']).flatMap(({ name, secret_ref: ref }): [string, string][] => {
    const [partName, partRef] = [textOf(name), textOf(ref)];
    return partName === null || partRef === null ? [] : [[partName, parseRef(partRef).id]];
  }));
}

/** Texts may have been stored as bytes and the other way round: Barbican hands out only what it was given. */
async function readPayload(barbican: ServiceClient, secretId: string, expected: ContentType): Promise<Buffer> {
  const other: ContentType = expected === 'text/plain' ? 'application/octet-stream' : 'text/plain';
  const ask = (accept: ContentType) => barbican.send('GET', `/secrets/${secretId}/payload`, { headers: { accept }, accept: [404, 406] });
  const first = await ask(expected);
  const answer = first.status === 406 ? await ask(other) : first;
  if (answer.status === 404) throw unusable('read secret', `Secret ${secretId} was not found, or has no payload.`);
  if (answer.status === 406) throw unusable('read secret', `Secret ${secretId} is neither text nor bytes.`);
  return answer.bytes;
}

function bundleFromPkcs12(secretId: string, content: Buffer): TlsBundle {
  try {
    return bundleFromPem(readPkcs12(content));
  } catch (error) {
    throw error instanceof DriverFailure ? error : unusable('read secret', `Secret ${secretId}: ${reasonOf(error)}`, error);
  }
}

/**
 * Whether the user shares it, which shows that it is his to use. False when he may not touch the read list, and for a private
 * one that was shared before: all of its project see such a list, and only some may read.
 */
async function grantRead(barbican: ServiceClient, path: string, { userId, token }: { userId: string; token: string }): Promise<boolean> {
  try {
    const acl = objectOf(objectOf((await barbican.send('GET', `${path}/acl`, { token })).body)['read']);
    const users = textsOf(acl['users']);
    const isOpen = acl['project-access'] !== false;
    if (users.includes(userId)) return isOpen;
    await barbican.send('PUT', `${path}/acl`, { token, body: { read: { users: [...users, userId], 'project-access': isOpen } } });
    return true;
  } catch (error) {
    if (error instanceof ServiceFailure && [401, 403, 404].includes(error.status ?? 0)) return false;
    throw error;
  }
}

/** Throws DriverFailure when the user may not read the secret. A payload of another type than asked for (406) is one he may read. */
async function requireReadable(barbican: ServiceClient, secretId: string, token: string): Promise<void> {
  const { status } = await barbican.send('GET', `/secrets/${secretId}/payload`, { token, headers: { accept: 'application/octet-stream' }, accept: [401, 403, 404, 406] });
  if (status !== 200 && status !== 406) throw refused('read secret', `Secret ${secretId} was not found, or the user may not read it (${status}).`);
}

function unusable(call: string, reason: string, cause?: unknown): DriverFailure {
  return new DriverFailure('Barbican', call, reason, { retry: 'wait', ...(cause !== undefined && { cause }) });
}

/** Asking again changes nothing. */
function refused(call: string, reason: string): DriverFailure {
  return new DriverFailure('Barbican', call, reason, { retry: 'fatal' });
}
