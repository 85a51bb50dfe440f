import { OctaviaError } from '../../lib/errors.ts';
import type { FaultStyle } from '../http/service-scope.ts';

const TITLES: Readonly<Record<number, string>> = { 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 406: 'Not Acceptable', 409: 'Conflict', 415: 'Unsupported Media Type' };

/** A refusal in Barbican's words. */
export class KeyFault extends OctaviaError {
  readonly status: number;
  constructor(status: number, message: string) {
    super('key-manager-fault', message);
    this.status = status;
  }
}

export const keyFaults: FaultStyle = {
  known: (error) => (error instanceof KeyFault ? { status: error.status, body: bodyOf(error.status, error.message) } : null),
  other: bodyOf,
};

export function invalidKeyInput(reason: string): KeyFault {
  return new KeyFault(400, `Provided object does not match schema: ${reason}.`);
}

function bodyOf(status: number, message: string): unknown {
  return { code: status, title: TITLES[status] ?? 'Internal Server Error', description: message };
}
