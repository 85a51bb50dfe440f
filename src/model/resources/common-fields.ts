import { ALPN_PROTOCOLS, OPERATING_STATUSES, PROVISIONING_STATUSES } from '../enums.ts';
import { boolean, datetime, listOf, oneOf, text, uuid, type Field } from './resource.ts';

/** Fields that most resources share; spread into definitions at their documented place. */
export const id = { type: uuid(), description: 'The id.' } as const satisfies Field;
export const name = { type: text({ maxLength: 255 }), description: 'Name for people; need not be unique.', create: 'optional', update: 'optional', nullAs: '' } as const satisfies Field;
export const description = { type: text({ maxLength: 255 }), description: 'Free text.', create: 'optional', update: 'optional', nullAs: '' } as const satisfies Field;
export const provisioningStatus = { type: oneOf(PROVISIONING_STATUSES), description: 'Whether a change is under way.' } as const satisfies Field;
export const operatingStatus = { type: oneOf(OPERATING_STATUSES), description: 'What the data plane reports.' } as const satisfies Field;
export const adminStateUp = {
  type: boolean(), description: 'False takes the object out of service.', create: 'optional', update: 'optional', default: true, onNull: { becomes: false }, column: 'enabled',
} as const satisfies Field;
export const createdAt = { type: datetime(), description: 'UTC time of creation.' } as const satisfies Field;
export const updatedAt = { type: datetime(), description: 'UTC time of the last update, null before the first.' } as const satisfies Field;
/** project_id of a child: accepted and ignored on create, it always is the load balancer's. */
export const projectId = { type: text({ maxLength: 36 }), description: 'The owning project.', create: 'optional', nested: 'none' } as const satisfies Field;
export const tags = {
  type: listOf(text({ maxLength: 255 })), description: 'Simple text tags; a given list replaces the old one.', since: '2.5', create: 'optional', update: 'optional', onNull: 'unchanged', column: null,
} as const satisfies Field;
/** L7 policies and rules lose their tags on null. */
export const clearableTags = { ...tags, onNull: { becomes: [] } } as const satisfies Field;
/** One of the protocols of a TLS handshake's ALPN extension. */
export const alpnProtocol = oneOf(ALPN_PROTOCOLS, 'Value should be a valid ALPN protocol ID');
