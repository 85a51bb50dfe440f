import { OctaviaError } from '../../lib/errors.ts';
import type { FaultStyle } from '../http/service-scope.ts';

const TITLES: Readonly<Record<number, string>> = { 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 409: 'Conflict' };

/** A refusal in Keystone's words. */
export class IdentityFault extends OctaviaError {
  readonly status: number;
  constructor(status: number, message: string) {
    super('identity-fault', message);
    this.status = status;
  }
}

export const identityFaults: FaultStyle = {
  known: (error) => (error instanceof IdentityFault ? { status: error.status, body: bodyOf(error.status, error.message) } : null),
  other: bodyOf,
};

export function missing(what: string, id: string): IdentityFault {
  return new IdentityFault(404, `Could not find ${what}: ${id}.`);
}

function bodyOf(status: number, message: string): unknown {
  return { error: { code: status, message, title: TITLES[status] ?? 'Internal Server Error' } };
}
