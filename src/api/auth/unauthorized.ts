import { ApiFault } from '../machinery/faults.ts';

const MESSAGE = 'The request you have made requires authentication.';

/** 401 as keystonemiddleware answers it: `body` is sent as it is, with the header that tells where to get a token. */
export class Unauthorized extends ApiFault {
  readonly body = JSON.stringify({ error: { code: 401, title: 'Unauthorized', message: MESSAGE } });

  constructor(identityUrl: string | null) {
    super(401, MESSAGE, { headers: identityUrl === null ? {} : { 'www-authenticate': `Keystone uri="${identityUrl}"` } });
  }
}
