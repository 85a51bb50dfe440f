import { OctaviaError, type RetryClass } from '../lib/errors.ts';

/** A cloud resource (network, port, server, image, secret ...) that does not exist. */
export class ResourceNotFound extends OctaviaError {
  constructor(what: string, id: string, cause?: unknown) {
    super('resource-not-found', `${what} ${id} not found.`, { retry: 'fatal', cause });
  }
}

/** The address asked for is taken. Message text follows the API's 409. */
export class AddressInUse extends OctaviaError {
  constructor(address: string, network: string, cause?: unknown) {
    super('address-in-use', `IP address ${address} already allocated in network ${network}.`, { retry: 'wait', cause });
  }
}

/** The subnet or network has no free address. */
export class AddressesExhausted extends OctaviaError {
  constructor(where: string, cause?: unknown) {
    super('addresses-exhausted', `No more IP addresses available on ${where}.`, { retry: 'wait', cause });
  }
}

/** Any other refusal or failure of a driver; names service, call and reason. */
export class DriverFailure extends OctaviaError {
  constructor(service: string, call: string, reason: string, options: { retry?: RetryClass; cause?: unknown } = {}) {
    super('driver-failure', `${service}: ${call}: ${reason}`, { retry: options.retry ?? 'retry', cause: options.cause });
  }
}

/** The host of a machine answers no more, and nothing is known of what became of the call: the machine is as good as lost. */
export class ComputeHostUnreachable extends OctaviaError {
  constructor(host: string, call: string, reason: string, cause?: unknown) {
    super('compute-host-unreachable', `${host}: ${call}: ${reason}`, { retry: 'retry', cause });
  }
}

/** The network service makes no such port: `conflict` with what there is (a quota, another port), or `invalid` as it was asked for. */
export class PortRefused extends DriverFailure {
  readonly kind: 'conflict' | 'invalid';
  /** The service's own sentence. */
  readonly reason: string;

  constructor(service: string, refusal: { readonly kind: 'conflict' | 'invalid'; readonly reason: string }, options: { retry?: RetryClass; cause?: unknown } = {}) {
    super(service, 'create port', refusal.reason, options);
    this.kind = refusal.kind;
    this.reason = refusal.reason;
  }
}

/** Why a PKCS#12 container could not be used. Drivers that name the secret keep it as their failure's cause. */
export class Pkcs12Unreadable extends OctaviaError {
  readonly reason: string;

  constructor(reason: string, cause?: unknown) {
    super('pkcs12-unreadable', `The PKCS12 bundle is unreadable: ${reason}`, { cause });
    this.reason = reason;
  }
}
