import { catalogue } from './catalogue.ts';
import { DEFAULT_DOMAIN, rolesOf, targetOf, type IdentityRecords, type TokenRecord } from './identity-records.ts';

const DOMAIN = { id: DEFAULT_DOMAIN, name: 'Default' };

/** The `token` object of Keystone v3. */
export function tokenView(records: IdentityRecords, record: TokenRecord, options: { readonly baseUrl: string; readonly withCatalogue: boolean }): unknown {
  const user = records.users.get(record.userId);
  const credential = records.applicationCredentials.get(record.applicationCredentialId ?? '');
  return {
    methods: record.methods,
    user: { domain: DOMAIN, id: record.userId, name: user?.name ?? '', password_expires_at: null },
    audit_ids: [record.auditId],
    expires_at: microseconds(record.expiresAtMs),
    issued_at: microseconds(record.issuedAtMs),
    ...scopeView(records, record),
    ...(credential && { application_credential: { id: credential.id, name: credential.name, restricted: !credential.isUnrestricted } }),
    ...(targetOf(record.scope) !== null && {
      roles: rolesOf(records, record).map(({ id, name }) => ({ id, name })),
      ...(options.withCatalogue && { catalog: catalogue(options.baseUrl) }),
    }),
  };
}

function scopeView(records: IdentityRecords, { scope }: TokenRecord): object {
  switch (scope.kind) {
    case 'project': return { project: { domain: DOMAIN, id: scope.projectId, name: records.projects.get(scope.projectId)?.name ?? '' }, is_domain: false };
    case 'domain': return { domain: DOMAIN };
    case 'system': return { system: { all: true } };
    case 'unscoped': return {};
  }
}

function microseconds(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('Z', '000Z');
}
