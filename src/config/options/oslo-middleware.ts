import { bool, int, list, multi, str } from './option.ts';

/** [oslo_middleware] */
export const osloMiddlewareOptions = {
  max_request_body_size: int(114688, 'Largest request body in bytes.', { deprecatedNames: ['DEFAULT/osapi_max_request_body_size', 'DEFAULT/max_request_body_size'] }),
  enable_proxy_headers_parsing: bool(false, 'Believe X-Forwarded-* and Forwarded headers of a proxy in front.'),
  http_basic_auth_user_file: str('/etc/htpasswd', 'Option of the original.', { unused: 'there is no authentication by such a file' }),
};

/** [healthcheck]: the /healthcheck page. */
export const healthcheckOptions = {
  path: str('/healthcheck', 'Path of the page.', { pattern: /^\/[\w.~/-]+$/ }),
  detailed: bool(false, 'Show details. They can tell much about the system.'),
  backends: list([], 'Checks: octavia_db_check, disable_by_file, disable_by_files_ports, enable_by_files.'),
  disable_by_file_path: str(null, 'File whose existence makes the page answer 503.'),
  disable_by_file_paths: list([], 'port:path pairs of such files.'),
  allowed_source_ranges: list([], 'Networks that may see the page; all when empty.'),
  ignore_proxied_requests: bool(false, 'Answer requests through a proxy as if the page did not exist.'),
  enable_by_file_paths: multi([], 'Files that must all exist (enable_by_files); several in one line are separated by commas.'),
};
