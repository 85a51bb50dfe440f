import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { readFields, type Fields } from '../http/fields.ts';
import type { View } from '../http/listing.ts';
import { requireToken } from '../http/service-scope.ts';
import { invalidKeyInput, KeyFault } from './key-fault.ts';
import { changeableBy, liveSecret, pageOf, readableBy, requireWriter, type KeyService } from './key-service.ts';
import { idOfRef, keyTimestamp, OPEN_ACL, type Consumer, type ContainerRecord } from './key-records.ts';

const NAMES: Readonly<Record<ContainerRecord['type'], ReadonlySet<string> | null>> = {
  certificate: new Set(['certificate', 'private_key', 'private_key_passphrase', 'intermediates']),
  rsa: new Set(['public_key', 'private_key', 'private_key_passphrase']),
  generic: null,
};

/** Containers group secrets; `certificate` ones are what listeners refer to. */
export function registerContainerRoutes(scope: FastifyInstance, service: KeyService): void {
  const { records, tokens, baseUrl } = service;
  const idOf = (request: FastifyRequest) => (request.params as { id: string }).id;

  for (const path of ['/v1/containers', '/v1/containers/']) {
    scope.post(path, async (request, reply) => {
      const caller = await requireToken(request, tokens);
      requireWriter(caller, 'Container');
      const fields = readFields(request.body, invalidKeyInput);
      const type = typeOf(fields);
      const now = keyTimestamp();
      const container: ContainerRecord = {
        id: randomUUID(), projectId: caller.projectId, creatorId: caller.userId, name: fields.text('name') ?? null, type, secrets: secretsOf(service, fields, type),
        consumers: [], acl: OPEN_ACL, createdAt: now, updatedAt: now,
      };
      records.store.transaction(() => records.containers.put(container));
      const ref = `${baseUrl}/key-manager/v1/containers/${container.id}`;
      return reply.code(201).header('location', ref).send({ container_ref: ref });
    });
    scope.get(path, async (request) => {
      const caller = await requireToken(request, tokens);
      return pageOf(request, service, 'containers', records.containers.filter((container) => container.projectId === caller.projectId).map((container) => containerView(container, baseUrl)));
    });
  }
  for (const path of ['/v1/containers/:id', '/v1/containers/:id/']) {
    scope.get(path, async (request) => containerView(readableBy(await requireToken(request, tokens), records.containers.get(idOf(request)), 'Container'), baseUrl));
    scope.delete(path, async (request, reply) => {
      const container = changeableBy(await requireToken(request, tokens), records.containers.get(idOf(request)), 'Container');
      records.store.transaction(() => records.containers.delete(container.id));
      return reply.code(204).send();
    });
  }
  registerConsumers(scope, service);
}

function registerConsumers(scope: FastifyInstance, service: KeyService): void {
  const { records, tokens, baseUrl } = service;
  const open = async (request: FastifyRequest) => readableBy(await requireToken(request, tokens), records.containers.get((request.params as { id: string }).id), 'Container');
  const consumerOf = (request: FastifyRequest): Consumer => {
    const fields = readFields(request.body, invalidKeyInput);
    return { name: fields.requiredText('name'), url: fields.text('URL') ?? '' };
  };
  const save = (container: ContainerRecord, consumers: readonly Consumer[]) =>
    containerView(records.store.transaction(() => records.containers.put({ ...container, consumers, updatedAt: keyTimestamp() })), baseUrl);
  const isSame = (first: Consumer, second: Consumer) => first.name === second.name && first.url === second.url;

  for (const path of ['/v1/containers/:id/consumers', '/v1/containers/:id/consumers/']) {
    scope.get(path, async (request) => {
      const { consumers } = await open(request);
      return pageOf(request, service, 'consumers', consumers.map(({ name, url }) => ({ name, URL: url })));
    });
    scope.post(path, async (request) => {
      const container = await open(request);
      const consumer = consumerOf(request);
      return save(container, [...container.consumers.filter((other) => !isSame(other, consumer)), consumer]);
    });
    scope.delete(path, async (request) => {
      const container = await open(request);
      const consumer = consumerOf(request);
      if (!container.consumers.some((other) => isSame(other, consumer))) throw new KeyFault(404, 'Consumer not found.');
      return save(container, container.consumers.filter((other) => !isSame(other, consumer)));
    });
  }
}

function containerView(container: ContainerRecord, baseUrl: string): View {
  return {
    container_ref: `${baseUrl}/key-manager/v1/containers/${container.id}`, name: container.name, type: container.type, status: 'ACTIVE', creator_id: container.creatorId,
    secret_refs: container.secrets.map((entry) => ({ ...(entry.name !== null && { name: entry.name }), secret_ref: `${baseUrl}/key-manager/v1/secrets/${entry.secretId}` })),
    consumers: container.consumers.map(({ name, url }) => ({ name, URL: url })), created: container.createdAt, updated: container.updatedAt,
  };
}

function typeOf(fields: Fields): ContainerRecord['type'] {
  const type = fields.requiredText('type');
  if (type === 'certificate' || type === 'rsa' || type === 'generic') return type;
  throw invalidKeyInput(`'${type}' is not one of ['generic', 'rsa', 'certificate']. Invalid property: 'type'`);
}

function secretsOf(service: KeyService, fields: Fields, type: ContainerRecord['type']): ContainerRecord['secrets'] {
  const entries = (fields.objects('secret_refs') ?? []).map((entry) => {
    const ref = entry.requiredText('secret_ref');
    const secretId = idOfRef(ref);
    if (secretId === null || !liveSecret(service, secretId)) throw new KeyFault(404, `Secret provided for '${entry.text('name') ?? ref}' doesn't exist.`);
    return { name: entry.text('name') ?? null, secretId };
  });
  const allowed = NAMES[type];
  const stranger = entries.find((entry) => allowed !== null && !allowed.has(entry.name ?? ''));
  if (stranger) throw invalidKeyInput(`secret name '${stranger.name ?? ''}' is not allowed in a ${type} container`);
  if (type === 'certificate' && !entries.some((entry) => entry.name === 'certificate')) throw invalidKeyInput("for 'certificate' type 'certificate' is required");
  return entries;
}
