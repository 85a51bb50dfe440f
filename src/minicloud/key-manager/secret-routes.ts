import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { readFields, type Fields } from '../http/fields.ts';
import type { View } from '../http/listing.ts';
import { requireToken } from '../http/service-scope.ts';
import { invalidKeyInput, KeyFault } from './key-fault.ts';
import { changeableBy, liveSecret, pageOf, readableBy, requireWriter, type KeyService } from './key-service.ts';
import { isExpired, keyTimestamp, OPEN_ACL, parseKeyTime, type SecretRecord } from './key-records.ts';

const TYPES = new Set(['symmetric', 'public', 'private', 'passphrase', 'certificate', 'opaque']);

/** Secrets: stored in one step (payload in the JSON body) or two (PUT of the payload). */
export function registerSecretRoutes(scope: FastifyInstance, service: KeyService): void {
  const { records, tokens, baseUrl, clock } = service;
  const refOf = (id: string) => `${baseUrl}/key-manager/v1/secrets/${id}`;
  const idOf = (request: FastifyRequest) => (request.params as { id: string }).id;

  for (const path of ['/v1/secrets', '/v1/secrets/']) {
    scope.post(path, async (request, reply) => {
      const caller = await requireToken(request, tokens);
      requireWriter(caller, 'Secret');
      const fields = readFields(request.body, invalidKeyInput);
      const now = keyTimestamp();
      const secret: SecretRecord = {
        id: randomUUID(), projectId: caller.projectId, creatorId: caller.userId, name: fields.text('name') ?? null, secretType: typeOf(fields),
        algorithm: fields.text('algorithm') ?? null, mode: fields.text('mode') ?? null, bitLength: fields.integer('bit_length') ?? null, expiration: expirationOf(fields, clock.now()),
        payload: payloadOf(fields), acl: OPEN_ACL, createdAt: now, updatedAt: now,
      };
      records.store.transaction(() => records.secrets.put(secret));
      return reply.code(201).header('location', refOf(secret.id)).send({ secret_ref: refOf(secret.id) });
    });
    scope.get(path, async (request) => {
      const caller = await requireToken(request, tokens);
      return pageOf(request, service, 'secrets', records.secrets.filter((secret) => secret.projectId === caller.projectId && !isExpired(secret, clock.now())).map((secret) => secretView(secret, refOf(secret.id))));
    });
  }
  for (const path of ['/v1/secrets/:id', '/v1/secrets/:id/']) {
    scope.get(path, async (request, reply) => {
      const secret = readableBy(await requireToken(request, tokens), liveSecret(service, idOf(request)), 'Secret');
      const accept = request.headers.accept ?? '*/*';
      const wantsPayload = secret.payload !== null && accept.split(',').some((type) => type.trim() === secret.payload?.contentType);
      return wantsPayload && secret.payload ? reply.type(secret.payload.contentType).send(Buffer.from(secret.payload.base64, 'base64')) : secretView(secret, refOf(secret.id));
    });
    scope.delete(path, async (request, reply) => {
      const secret = changeableBy(await requireToken(request, tokens), records.secrets.get(idOf(request)), 'Secret');
      records.store.transaction(() => {
        records.secrets.delete(secret.id);
        for (const container of records.containers.filter((candidate) => candidate.secrets.some((entry) => entry.secretId === secret.id))) {
          records.containers.put({ ...container, secrets: container.secrets.filter((entry) => entry.secretId !== secret.id) });
        }
      });
      return reply.code(204).send();
    });
    scope.put(path, async (request, reply) => {
      const secret = changeableBy(await requireToken(request, tokens), liveSecret(service, idOf(request)), 'Secret');
      if (secret.payload) throw new KeyFault(409, 'Secret already has data, cannot modify it.');
      const payload = bytesOf(request);
      records.store.transaction(() => records.secrets.put({ ...secret, payload, updatedAt: keyTimestamp() }));
      return reply.code(204).send();
    });
  }
  scope.get('/v1/secrets/:id/payload', async (request, reply) => {
    const { payload } = readableBy(await requireToken(request, tokens), liveSecret(service, idOf(request)), 'Secret');
    if (!payload) throw new KeyFault(404, 'Not Found. Sorry but your secret has no payload.');
    return reply.type(payload.contentType).send(Buffer.from(payload.base64, 'base64'));
  });
}

function secretView(secret: SecretRecord, ref: string): View {
  return {
    secret_ref: ref, name: secret.name ?? secret.id, secret_type: secret.secretType, status: 'ACTIVE', algorithm: secret.algorithm, mode: secret.mode, bit_length: secret.bitLength,
    expiration: secret.expiration, creator_id: secret.creatorId, created: secret.createdAt, updated: secret.updatedAt,
    ...(secret.payload && { content_types: { default: secret.payload.contentType } }),
  };
}

function typeOf(fields: Fields): string {
  const type = fields.text('secret_type') ?? 'opaque';
  if (!TYPES.has(type)) throw invalidKeyInput(`'${type}' is not a secret type. Invalid property: 'secret_type'`);
  return type;
}

function expirationOf(fields: Fields, nowMs: number): string | null {
  const text = fields.text('expiration')?.trim() ?? '';
  if (text === '') return null;
  const expiresAtMs = parseKeyTime(text);
  if (expiresAtMs === null) throw invalidKeyInput("Invalid date for 'expiration'. Invalid property: 'expiration'");
  if (expiresAtMs <= nowMs) throw invalidKeyInput("'expiration' is before current time. Invalid property: 'expiration'");
  return keyTimestamp(expiresAtMs);
}

function payloadOf(fields: Fields): SecretRecord['payload'] {
  const text = fields.text('payload');
  if (text === undefined) return null;
  if (text === '') throw invalidKeyInput("If 'payload' specified, must be non empty");
  const contentType = fields.text('payload_content_type') ?? 'text/plain';
  const encoding = fields.text('payload_content_encoding');
  if (contentType.startsWith('text/plain')) return { contentType: 'text/plain', base64: Buffer.from(text, 'utf8').toString('base64') };
  if (encoding !== 'base64') throw invalidKeyInput("payload_content_encoding must be specified when payload_content_type is application/octet-stream. Invalid property: 'payload_content_encoding'");
  const compact = text.replaceAll(/\s/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) throw new KeyFault(400, 'Unable to decode request payload encoding.');
  return { contentType, base64: Buffer.from(compact, 'base64').toString('base64') };
}

function bytesOf(request: FastifyRequest): NonNullable<SecretRecord['payload']> {
  const contentType = (request.headers['content-type'] ?? 'text/plain').split(';')[0] ?? 'text/plain';
  const { body } = request;
  const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : Buffer.isBuffer(body) ? body : null;
  if (!bytes || bytes.length === 0) throw new KeyFault(400, 'No data supplied to process.');
  const isBase64 = request.headers['content-encoding'] === 'base64';
  return { contentType, base64: isBase64 ? bytes.toString('latin1').replaceAll(/\s/g, '') : bytes.toString('base64') };
}
