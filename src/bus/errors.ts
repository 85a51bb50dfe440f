import { OctaviaError } from '../lib/errors.ts';

/** The message bus cannot take a cast now; the caller goes on, the worker's sweep will find the work. */
export class BusUnavailable extends OctaviaError {
  constructor(reason: string, cause?: unknown) {
    super('bus-unavailable', `The message bus is not available: ${reason}.`, { retry: 'retry', cause });
  }
}
