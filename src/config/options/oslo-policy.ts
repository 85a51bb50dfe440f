import { bool, choice, float, multi, str } from './option.ts';

const NO_HTTP_CHECKS = 'http: and https: checks are refused';

/** [oslo_policy]: where rules come from. */
export const osloPolicyOptions = {
  enforce_scope: bool(true, 'Refuse tokens whose scope does not fit a rule.'),
  enforce_new_defaults: bool(true, 'Leave out the former defaults of rules.'),
  policy_file: str('policy.yaml', 'File of own rules, relative to the configuration directory.', { deprecatedNames: ['DEFAULT/policy_file'] }),
  policy_default_rule: str('default', 'Rule for what has none.', { deprecatedNames: ['DEFAULT/policy_default_rule'] }),
  policy_dirs: multi(['policy.d'], 'Directories of further rule files.', { deprecatedNames: ['DEFAULT/policy_dirs'] }),
  remote_content_type: choice(['application/x-www-form-urlencoded', 'application/json'], 'application/x-www-form-urlencoded', 'Body type of http: checks.', { unused: NO_HTTP_CHECKS }),
  remote_ssl_verify_server_crt: bool(false, 'Check the certificate of https: checks.', { unused: NO_HTTP_CHECKS }),
  remote_ssl_ca_crt_file: str(null, 'CA file of https: checks.', { unused: NO_HTTP_CHECKS }),
  remote_ssl_client_crt_file: str(null, 'Client certificate of https: checks.', { unused: NO_HTTP_CHECKS }),
  remote_ssl_client_key_file: str(null, 'Key of that certificate.', { unused: NO_HTTP_CHECKS }),
  remote_timeout: float(60, 'Seconds a remote check may take.', { min: 0, unused: NO_HTTP_CHECKS }),
};
