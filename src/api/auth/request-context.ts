/** Who asks, for policy checks, look-ups and logs. One per request. */
export interface RequestContext {
  /** `req-<uuid>`; answered as x-openstack-request-id. */
  readonly requestId: string;
  readonly globalRequestId: string | null;
  readonly userId: string | null;
  /** Null for noauth callers: then the body's project_id counts. */
  readonly projectId: string | null;
  readonly domainId: string | null;
  readonly systemScope: string | null;
  readonly roles: readonly string[];
  /** True for auth_strategy noauth. */
  readonly isAdmin: boolean;
  readonly token: string | null;
  readonly userDomainId?: string | null;
  readonly projectDomainId?: string | null;
  /** Only false denies what policy calls `is_admin_project`: most clouds have no such project. */
  readonly isAdminProject?: boolean;
  /** The calling service, when the request also carried a valid X-Service-Token. */
  readonly service?: ServiceCaller;
}

/** The service that forwards a user's request, as its own token says. */
export interface ServiceCaller {
  readonly userId: string | null;
  readonly projectId: string | null;
  readonly roles: readonly string[];
}
