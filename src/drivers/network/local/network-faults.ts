import { OctaviaError } from '../../../lib/errors.ts';

/** A refusal in Neutron's words: `type` and `message` go into the body's NeutronError, `status` is the HTTP status. */
export class NetworkFault extends OctaviaError {
  readonly type: string;
  readonly status: number;

  constructor(status: number, type: string, message: string) {
    super('network-fault', message, { retry: status === 409 ? 'wait' : 'fatal' });
    this.type = type;
    this.status = status;
  }
}

const NOT_FOUND = {
  network: ['NetworkNotFound', 'Network'],
  subnet: ['SubnetNotFound', 'Subnet'],
  port: ['PortNotFound', 'Port'],
  floatingip: ['FloatingIPNotFound', 'Floating IP'],
  router: ['RouterNotFound', 'Router'],
} as const;

/** 404 with the sentence clients know. */
export function notFound(kind: keyof typeof NOT_FOUND | 'security group' | 'security group rule' | 'QoS policy', id: string): NetworkFault {
  if (kind === 'security group') return new NetworkFault(404, 'SecurityGroupNotFound', `Security group ${id} does not exist`);
  if (kind === 'security group rule') return new NetworkFault(404, 'SecurityGroupRuleNotFound', `Security group rule ${id} does not exist`);
  if (kind === 'QoS policy') return new NetworkFault(404, 'QosPolicyNotFound', `QoS policy ${id} could not be found.`);
  const [type, noun] = NOT_FOUND[kind];
  return new NetworkFault(404, type, `${noun} ${id} could not be found.`);
}

export function invalidInput(reason: string): NetworkFault {
  return new NetworkFault(400, 'InvalidInput', `Invalid input for operation: ${reason}.`);
}

export function badRequest(resource: string, reason: string): NetworkFault {
  return new NetworkFault(400, 'BadRequest', `Bad ${resource} request: ${reason}.`);
}
