import { NetworkFault } from '../../drivers/network/local/network-faults.ts';
import type { FaultStyle } from '../http/service-scope.ts';

/** Neutron's error bodies; 401 is worded by its Keystone middleware. */
export const networkFaults: FaultStyle = {
  known: (error) => (error instanceof NetworkFault ? { status: error.status, body: bodyOf(error.type, error.message) } : null),
  other: (status, message) => {
    if (status === 401) return { error: { code: 401, title: 'Unauthorized', message } };
    return bodyOf({ 400: 'HTTPBadRequest', 404: 'HTTPNotFound' }[status] ?? 'HTTPInternalServerError', message);
  },
};

export function malformed(reason: string): NetworkFault {
  return new NetworkFault(400, 'HTTPBadRequest', `Invalid input for operation: ${reason}.`);
}

function bodyOf(type: string, message: string): unknown {
  return { NeutronError: { type, message, detail: '' } };
}
