/** What a validated Keystone token says, in plain words (Keystone v3 `token` object). */
export interface TokenInfo {
  readonly userId: string;
  readonly userName: string;
  readonly userDomainId: string | null;
  /** Null for unscoped, domain- and system-scoped tokens. */
  readonly projectId: string | null;
  readonly projectName: string | null;
  readonly projectDomainId: string | null;
  readonly domainId: string | null;
  /** `all` for system scope, else null. */
  readonly systemScope: string | null;
  readonly roles: readonly string[];
  readonly expiresAtMs: number;
  /** Whether the project is the cloud's administrative one; absent: this Keystone has none. */
  readonly isAdminProject?: boolean;
  /** Only these requests are allowed (of an application credential); absent: all that the roles allow. */
  readonly accessRules?: readonly AccessRule[];
}

/** One kind of request that an application credential allows. */
export interface AccessRule {
  /** Type of the service: `load-balancer`. */
  readonly service: string;
  readonly method: string;
  /** `*` and `{name}` stand for one part, `**` for anything. */
  readonly path: string;
}

/** Validates X-Auth-Token values: a real Keystone, or the embedded identity. */
export interface TokenValidator {
  /** Null when the token is unknown, expired or revoked. Throws DriverFailure when identity cannot be asked. */
  validate(token: string): Promise<TokenInfo | null>;
  /** As `validate`, but a token that merely expired still counts: for requests that a service makes for a user with its own token beside. */
  validateAllowingExpired?(token: string): Promise<TokenInfo | null>;
}
