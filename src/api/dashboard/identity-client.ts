import { decodeCatalog, type CatalogEndpoint } from '../../openstack/keystone/catalog.ts';
import type { HttpClient } from '../../openstack/keystone/http-client.ts';
import { ServiceFailure } from '../../openstack/keystone/service-failure.ts';
import { ApiFault } from '../machinery/faults.ts';

export interface NamedThing {
  readonly id: string;
  readonly name: string;
}

/** A token and what it says. */
export interface Grant {
  readonly token: string;
  readonly expiresAt: string;
  readonly user: NamedThing & { readonly domain: string };
  /** Null when the user has a role nowhere. */
  readonly project: NamedThing | null;
  readonly roles: readonly string[];
  readonly catalog: readonly CatalogEndpoint[];
}

export interface Credentials {
  readonly user: string;
  readonly password: string;
  /** Name or id of the user's domain. */
  readonly domain: string;
}

/** What the dashboard asks of Keystone, always as the user. Throws ApiFault: 401 for a wrong password or an ended token. */
export interface IdentityClient {
  signIn(credentials: Credentials): Promise<Grant>;
  /** The same user in another project. */
  rescope(token: string, projectId: string): Promise<Grant>;
  show(token: string): Promise<Grant>;
  projects(token: string): Promise<readonly NamedThing[]>;
  /** Best effort: the cookie is gone in any case. */
  revoke(token: string): Promise<void>;
}

/** `authUrl` ends with `/v3`. */
export function createIdentityClient(authUrl: string, http: HttpClient): IdentityClient {
  const issue = async (identity: unknown, projectId?: string): Promise<Grant> => {
    const scope = projectId === undefined ? {} : { scope: { project: { id: projectId } } };
    const answer = await ask(() => http.send({ service: 'Keystone', method: 'POST', url: `${authUrl}/auth/tokens`, body: { auth: { identity, ...scope } } }));
    return readGrant(String(answer.headers['x-subject-token'] ?? ''), answer.body);
  };
  const get = (path: string, token: string, more: Readonly<Record<string, string>> = {}) =>
    ask(() => http.send({ service: 'Keystone', method: 'GET', url: `${authUrl}${path}`, headers: { 'x-auth-token': token, ...more } }));
  return {
    async signIn({ user, password, domain }) {
      // Horizon's users type the name, scripts the id; the default domain's id is lower case, its name is not.
      const domainKey = domain === 'default' || /^[0-9a-f]{32}$/.test(domain) ? 'id' : 'name';
      return issue({ methods: ['password'], password: { user: { name: user, password, domain: { [domainKey]: domain } } } });
    },
    rescope: (token, projectId) => issue({ methods: ['token'], token: { id: token } }, projectId),
    async show(token) {
      return readGrant(token, (await get('/auth/tokens', token, { 'x-subject-token': token })).body);
    },
    async projects(token) {
      const { body } = await get('/auth/projects', token);
      const projects = record(body)['projects'];
      return (Array.isArray(projects) ? projects : []).filter((project: unknown) => record(project)['enabled'] !== false).map(namedThing);
    },
    async revoke(token) {
      const headers = { 'x-auth-token': token, 'x-subject-token': token };
      await ask(() => http.send({ service: 'Keystone', method: 'DELETE', url: `${authUrl}/auth/tokens`, headers, accept: [401, 403, 404] }));
    },
  };
}

/** Keystone's refusals in the words of this API. An unknown subject token is 404 there, for us the session has ended. */
async function ask<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof ServiceFailure)) throw error;
    if (error.status === 401 || error.status === 404) throw new ApiFault(401, error.reason, { cause: error });
    if (error.status === null || error.status >= 500) throw new ApiFault(503, `The identity service did not answer: ${error.reason}`, { cause: error });
    throw new ApiFault(error.status, error.reason, { cause: error });
  }
}

function readGrant(token: string, body: unknown): Grant {
  const said = record(record(body)['token']);
  const user = record(said['user']);
  if (token === '' || typeof user['id'] !== 'string') throw new ApiFault(502, 'The identity service answered without a token.');
  const roles = Array.isArray(said['roles']) ? said['roles'] : [];
  return {
    token, expiresAt: String(said['expires_at']), user: { ...namedThing(user), domain: namedThing(user['domain']).name },
    project: said['project'] === undefined ? null : namedThing(said['project']),
    roles: roles.map((role: unknown) => namedThing(role).name), catalog: decodeCatalog(said['catalog']),
  };
}

function namedThing(value: unknown): NamedThing {
  const { id, name } = record(value);
  const key = typeof id === 'string' ? id : '';
  return { id: key, name: typeof name === 'string' ? name : key };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
