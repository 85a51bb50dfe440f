import type { PoolProtocol, SessionPersistenceType } from '../enums.ts';
import { validationFailure } from '../violation.ts';
import { isDatagramProtocol } from './protocols.ts';

export interface PersistenceOptions {
  readonly type?: SessionPersistenceType | null | undefined;
  readonly cookie_name?: string | null | undefined;
  readonly persistence_timeout?: number | null | undefined;
  readonly persistence_granularity?: string | null | undefined;
}

// oxlint-disable-next-line no-control-regex -- the characters cookie names may not have
const BAD_COOKIE_NAME = /[\u0000-\u0020\u0022\u0028-\u0029\u002c\u002f\u003a-\u0040\u005b-\u005d\u007b\u007d\u007f]/;

/** octavia: controllers/pool.py _validate_pool_request_for_udp_sctp and common/validate.py check_session_persistence */
export function checkSessionPersistence(options: PersistenceOptions | null | undefined, poolProtocol: PoolProtocol): void {
  if (!options) return;
  if (isDatagramProtocol(poolProtocol)) checkDatagram(options);
  else if (options.persistence_timeout || options.persistence_granularity) {
    throw validationFailure('persistence_timeout and persistence_granularity is only for UDP and SCTP protocol pools.');
  }
  checkCookie(options);
}

function checkDatagram(options: PersistenceOptions): void {
  if (options.type === 'SOURCE_IP' && options.cookie_name) {
    throw validationFailure('session_persistence SOURCE_IP type for UDP and SCTP protocols only accepts: type, persistence_timeout, persistence_granularity.');
  }
  if (options.cookie_name) throw validationFailure('Cookie names are not supported for UDP/SCTP pools.');
  if (options.type === 'HTTP_COOKIE' || options.type === 'APP_COOKIE') {
    throw validationFailure(`Session persistence of type ${options.type} is not supported for UDP/SCTP protocol pools.`);
  }
}

function checkCookie({ type, cookie_name: name }: PersistenceOptions): void {
  if (!type) throw validationFailure('Invalid session_persistence provided.');
  if (name && type !== 'APP_COOKIE') throw validationFailure('Field "cookie_name" can only be specified with session persistence of type "APP_COOKIE".');
  if (name && BAD_COOKIE_NAME.test(name)) throw validationFailure('Supplied "cookie_name" is invalid.');
  if (!name && type === 'APP_COOKIE') throw validationFailure('Field "cookie_name" must be specified when using the "APP_COOKIE" session persistence type.');
}
