import { HEALTH_MONITOR_TYPES, HTTP_METHODS } from '../enums.ts';
import * as common from './common-fields.ts';
import { defineResource, idReference, integer, listOf, oneOf, text, urlPath, uuid } from './resource.ts';

const EXPECTED_CODES = /^(\d{3}(\s*,\s*\d{3})*)$|^(\d{3}-\d{3})$/;
const DOMAIN_NAME = /^(?=.{1,253}\.?$)(?:(?!-|[^.]+_)[A-Za-z0-9-_]{1,63}(?<!-)(?:\.|$))+$/;

export const healthMonitor = defineResource({
  root: 'healthmonitor', collection: 'healthmonitors', label: 'Health Monitor', policy: 'healthmonitor', table: 'health_monitor', argument: 'health_monitor_',
  fields: {
    id: common.id,
    name: common.name,
    type: { type: oneOf(HEALTH_MONITOR_TYPES), description: 'Kind of check.', create: 'mandatory' },
    delay: { type: integer({ min: 0 }), description: 'Seconds between two checks.', create: 'mandatory', update: 'optional', onNull: 'refused' },
    timeout: { type: integer({ min: 0 }), description: 'Seconds until a check without answer has failed.', create: 'mandatory', update: 'optional', onNull: 'refused' },
    max_retries: { type: integer({ min: 1, max: 10 }), description: 'Successes until a member counts as up.', create: 'mandatory', update: 'optional', onNull: 'refused', column: 'rise_threshold' },
    max_retries_down: { type: integer({ min: 1, max: 10 }), description: 'Failures until a member counts as down.', create: 'optional', update: 'optional', default: 3, onNull: { becomes: 3 }, column: 'fall_threshold' },
    http_method: { type: oneOf(HTTP_METHODS), description: 'Method of HTTP checks.', create: 'optional', update: 'optional', onNull: { becomes: 'GET' } },
    url_path: { type: urlPath(255), description: 'Path of HTTP checks.', create: 'optional', update: 'optional', onNull: { becomes: '/' } },
    expected_codes: { type: text({ maxLength: 64, pattern: EXPECTED_CODES }), description: 'Good status codes: one, a list, or a range.', create: 'optional', update: 'optional', onNull: { becomes: '200' } },
    admin_state_up: common.adminStateUp,
    project_id: common.projectId,
    pools: { type: listOf(idReference()), description: 'The pool.', column: null },
    provisioning_status: common.provisioningStatus,
    operating_status: common.operatingStatus,
    created_at: common.createdAt,
    updated_at: common.updatedAt,
    tags: common.tags,
    http_version: { type: oneOf([1.0, 1.1], 'Value should be one of: 1.0, 1.1'), description: 'HTTP version of checks.', since: '2.10', create: 'optional', update: 'optional' },
    domain_name: { type: text({ minLength: 1, maxLength: 255, pattern: DOMAIN_NAME }), description: 'Host header of HTTP 1.1 checks.', since: '2.10', create: 'optional', update: 'optional' },
    pool_id: { type: uuid(), description: 'The pool to monitor.', create: 'mandatory', nested: 'none', shown: false },
  },
});
