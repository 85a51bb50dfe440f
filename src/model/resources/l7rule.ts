import { L7RULE_COMPARE_TYPES, L7RULE_TYPES } from '../enums.ts';
import * as common from './common-fields.ts';
import { boolean, defineResource, oneOf, text } from './resource.ts';

const ONE_LINE = /^[^\r\n]*$/;

export const l7rule = defineResource({
  root: 'rule', collection: 'rules', label: 'L7 Rule', policy: 'l7rule', table: 'l7rule', updateArgument: 'l7rule_',
  extraFilters: { l7policy_id: 'l7policy_id' },
  fields: {
    id: common.id,
    type: { type: oneOf(L7RULE_TYPES), description: 'What is compared.', create: 'mandatory', update: 'optional', onNull: 'refused' },
    compare_type: { type: oneOf(L7RULE_COMPARE_TYPES), description: 'How it is compared.', create: 'mandatory', update: 'optional', onNull: 'refused' },
    key: { type: text({ maxLength: 255, pattern: ONE_LINE }), description: 'Header, cookie or distinguished-name field.', create: 'optional', update: 'optional' },
    value: { type: text({ maxLength: 255, pattern: ONE_LINE }), description: 'What it is compared with.', create: 'mandatory', update: 'optional', onNull: 'refused' },
    invert: { type: boolean(), description: 'True when the rule holds where the comparison does not.', create: 'optional', update: 'optional', default: false, onNull: { becomes: false } },
    provisioning_status: common.provisioningStatus,
    operating_status: common.operatingStatus,
    created_at: common.createdAt,
    updated_at: common.updatedAt,
    project_id: common.projectId,
    admin_state_up: common.adminStateUp,
    tags: common.clearableTags,
  },
});
