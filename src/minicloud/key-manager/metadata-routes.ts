import type { FastifyInstance, FastifyRequest } from 'fastify';
import { readFields } from '../http/fields.ts';
import { requireToken } from '../http/service-scope.ts';
import { invalidKeyInput, KeyFault } from './key-fault.ts';
import { keyTimestamp, type SecretRecord } from './key-records.ts';
import { changeableBy, liveSecret, readableBy, type KeyService } from './key-service.ts';

interface Parameters { readonly id: string; readonly key: string }

/** `/v1/secrets/<id>/metadata`: what users note about a secret, all of it or by key; keys are in lower case. */
export function registerMetadataRoutes(scope: FastifyInstance, service: KeyService): void {
  const { records, tokens, baseUrl } = service;
  const base = '/v1/secrets/:id/metadata';
  const paramsOf = (request: FastifyRequest) => request.params as Parameters;
  const readable = async (request: FastifyRequest) => readableBy(await requireToken(request, tokens), liveSecret(service, paramsOf(request).id), 'Secret');
  const changeable = async (request: FastifyRequest) => changeableBy(await requireToken(request, tokens), liveSecret(service, paramsOf(request).id), 'Secret');
  const save = (secret: SecretRecord, metadata: Readonly<Record<string, string>>) => records.store.transaction(() => records.secrets.put({ ...secret, metadata, updatedAt: keyTimestamp() }));

  scope.get(base, async (request) => ({ metadata: (await readable(request)).metadata ?? {} }));
  scope.put(base, async (request, reply) => {
    const secret = await changeable(request);
    save(secret, textsOf(request.body));
    return reply.code(201).send({ metadata_ref: `${baseUrl}/key-manager/v1/secrets/${secret.id}/metadata` });
  });
  scope.post(base, async (request, reply) => {
    const secret = await changeable(request);
    const entry = entryOf(request.body);
    if (valueOf(secret, entry.key) !== undefined) throw new KeyFault(409, 'Conflict. Key in request is already in the secret metadata.');
    save(secret, { ...secret.metadata, [entry.key]: entry.value });
    return reply.code(201).send(entry);
  });
  scope.get(`${base}/:key`, async (request) => {
    const { key } = paramsOf(request);
    return { key, value: required(await readable(request), key) };
  });
  scope.put(`${base}/:key`, async (request) => {
    const [secret, { key }, entry] = [await changeable(request), paramsOf(request), entryOf(request.body)];
    required(secret, key);
    if (entry.key !== key) throw new KeyFault(409, 'Conflict. Key in request does not match key in the request url.');
    save(secret, { ...secret.metadata, [key]: entry.value });
    return entry;
  });
  scope.delete(`${base}/:key`, async (request, reply) => {
    const [secret, { key }] = [await changeable(request), paramsOf(request)];
    required(secret, key);
    save(secret, Object.fromEntries(Object.entries(secret.metadata ?? {}).filter(([other]) => other !== key)));
    return reply.code(204).send();
  });
}

function valueOf({ metadata }: SecretRecord, key: string): string | undefined {
  return metadata && Object.hasOwn(metadata, key) ? metadata[key] : undefined;
}

function required(secret: SecretRecord, key: string): string {
  const value = valueOf(secret, key);
  if (value === undefined) throw new KeyFault(404, 'Secret metadata not found.');
  return value;
}

function entryOf(body: unknown): { readonly key: string; readonly value: string } {
  const fields = readFields(body, invalidKeyInput);
  return { key: fields.requiredText('key').toLowerCase(), value: fields.word('value') ?? '' };
}

function textsOf(body: unknown): Readonly<Record<string, string>> {
  const metadata: unknown = typeof body === 'object' && body !== null && 'metadata' in body ? body.metadata : undefined;
  const fields = readFields(metadata, invalidKeyInput);
  return Object.fromEntries(Object.keys(metadata as object).map((key) => [key.toLowerCase(), fields.word(key) ?? '']));
}
