import { keystoneAdapter, keystoneLogin, keystoneSession } from './keystone-auth.ts';

/** [service_auth]: who Octavia is towards the other services. */
export const serviceAuthOptions = { ...keystoneSession, ...keystoneLogin, ...keystoneAdapter };
