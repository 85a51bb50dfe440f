import { bool, str } from './option.ts';

/** [audit]: CADF events of API requests. */
export const auditOptions = {
  enabled: bool(false, 'Audit API requests.'),
  audit_map_file: str('/etc/octavia/octavia_api_audit_map.conf', 'Map from requests to CADF actions.'),
  ignore_req_list: str('', 'HTTP methods that are not audited, separated by commas.'),
};
