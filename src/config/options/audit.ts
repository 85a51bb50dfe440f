import { bool, list, str } from './option.ts';

/** [audit]: CADF events of API requests. */
export const auditOptions = {
  enabled: bool(false, 'Audit API requests.'),
  audit_map_file: str('/etc/octavia/octavia_api_audit_map.conf', 'Map from requests to CADF actions.'),
  ignore_req_list: str('', 'HTTP methods that are not audited, separated by commas.'),
};

/** [audit_middleware_notifications]: where those events go. */
export const auditNotificationsOptions = {
  use_oslo_messaging: bool(true, 'Send audit events as notifications; the log takes them otherwise.'),
  driver: str(null, 'messaging, messagingv2, log, test or noop; the drivers of [oslo_messaging_notifications] without it, and the log without those.'),
  topics: list(null, 'Topics of audit events; those of [oslo_messaging_notifications] without any.'),
  transport_url: str(null, 'Message queue of audit events; that of [oslo_messaging_notifications] without it.', { isSecret: true }),
};
