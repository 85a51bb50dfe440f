import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import type { AgentState } from '../agent-state.ts';
import { json, ok, Refusal } from '../http/reply.ts';
import type { Reply } from '../http/reply.ts';
import type { AgentRequest, Route } from '../http/router.ts';
import { isMissingFile } from '../../../lib/missing-file.ts';
import { replaceFile } from '../../../lib/replace-file.ts';

export const certificateRoutes: readonly Route<AgentState>[] = [
  { method: 'PUT', path: '/1.0/loadbalancer/:id/certificates/:file', handle: upload },
  { method: 'GET', path: '/1.0/loadbalancer/:id/certificates/:file', handle: checksum },
  { method: 'DELETE', path: '/1.0/loadbalancer/:id/certificates/:file', handle: remove },
  { method: 'PUT', path: '/1.0/certificate', handle: uploadServerCertificate },
];

async function upload(state: AgentState, request: AgentRequest): Promise<Reply> {
  await replaceFile(certificateFile(state, request), request.body, 0o600);
  return ok(200, undefined, { etag: md5(request.body) });
}

async function checksum(state: AgentState, request: AgentRequest): Promise<Reply> {
  const file = certificateFile(state, request);
  try {
    const md5sum = md5(await readFile(file));
    return json(200, { md5sum }, { etag: md5sum });
  } catch (error) {
    if (!isMissingFile(error)) throw error;
    throw new Refusal(404, 'Certificate Not Found', `No certificate with filename: ${request.params['file']}`);
  }
}

async function remove(state: AgentState, request: AgentRequest): Promise<Reply> {
  await rm(certificateFile(state, request), { force: true });
  return ok();
}

async function uploadServerCertificate(state: AgentState, { body }: AgentRequest): Promise<Reply> {
  await state.replaceServerCertificate(body);
  return ok(202);
}

function certificateFile(state: AgentState, { params }: AgentRequest): string {
  const name = params['file'] ?? '';
  if (!/^[\w.-]+\.pem$/.test(name)) throw new Refusal(400, 'Filename has wrong format');
  return state.files.certificateFile(params['id'] ?? '', name);
}

function md5(content: Buffer): string {
  return createHash('md5').update(content).digest('hex');
}
