import { AsyncLocalStorage } from 'node:async_hooks';

/** Whose request is being worked on, for calls that are made on the way. */
export interface RequestScope {
  /** `req-<uuid>`; sent along as X-OpenStack-Request-ID, so that logs of all services can be joined. */
  readonly requestId: string;
  /** The caller's own token, for what must be done in his name (read access to his secrets). */
  readonly token?: string;
}

const scopes = new AsyncLocalStorage<RequestScope>();

/** Runs `work`, and everything that it starts, in the scope of one request. */
export function inRequestScope<T>(scope: RequestScope, work: () => T): T {
  return scopes.run(scope, work);
}

/** The scope that the running code belongs to. */
export function currentRequestScope(): RequestScope | undefined {
  return scopes.getStore();
}
