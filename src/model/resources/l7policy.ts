import { L7POLICY_ACTIONS } from '../enums.ts';
import * as common from './common-fields.ts';
import { l7rule } from './l7rule.ts';
import { pool } from './pool.ts';
import { defineResource, integer, listOf, nested, oneOf, url, uuid } from './resource.ts';

/** Larger than any real position: "at the end". */
const LAST_POSITION = 2_147_483_647;

export const l7policy = defineResource({
  root: 'l7policy', collection: 'l7policies', label: 'L7 Policy', policy: 'l7policy', table: 'l7policy',
  fields: {
    id: common.id,
    name: common.name,
    description: common.description,
    provisioning_status: common.provisioningStatus,
    operating_status: common.operatingStatus,
    admin_state_up: common.adminStateUp,
    project_id: common.projectId,
    action: { type: oneOf(L7POLICY_ACTIONS), description: 'What happens to requests that match all rules.', create: 'mandatory', update: 'optional', onNull: 'refused' },
    listener_id: { type: uuid(), description: 'The listener.', create: 'mandatory', nested: 'none' },
    redirect_pool_id: { type: uuid(), description: 'Pool of REDIRECT_TO_POOL.', create: 'optional', nested: 'none', update: 'optional' },
    redirect_url: { type: url(255), description: 'Target of REDIRECT_TO_URL.', create: 'optional', update: 'optional' },
    redirect_prefix: { type: url(255), description: 'Prefix of REDIRECT_PREFIX.', create: 'optional', update: 'optional' },
    position: { type: integer({ min: 1, max: LAST_POSITION }), description: 'Place among the listener\'s policies, from 1.', create: 'optional', update: 'optional', default: LAST_POSITION, onNull: 'unchanged' },
    rules: { type: listOf(nested(l7rule)), description: 'The rules: ids in answers, objects in a fully populated create.', create: 'optional', column: null },
    created_at: common.createdAt,
    updated_at: common.updatedAt,
    tags: common.clearableTags,
    redirect_http_code: { type: oneOf([301, 302, 303, 307, 308]), description: 'Status code of redirects.', since: '2.9', create: 'optional', update: 'optional' },
    redirect_pool: { type: nested(pool), description: 'Pool to create along, or the name of one.', nested: 'optional', shown: false, column: null },
  },
});
