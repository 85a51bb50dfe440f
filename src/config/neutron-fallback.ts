/**
 * Old configurations keep the log-in of the network client in [service_auth] and a few deprecated names in [neutron]
 * (upstream octavia/common/config.py and keystone.py): fills what [neutron] leaves open. Changes `values` in place.
 */
export function fillNeutronFromServiceAuth(values: Record<string, Record<string, unknown>>, isSet: ReadonlySet<string>): void {
  const neutron = values['neutron'] ?? {};
  const login = values['service_auth'] ?? {};
  const takeOver = (name: string, value: unknown) => {
    if (!isSet.has(`neutron/${name}`) && value !== null && value !== undefined) neutron[name] = value;
  };
  takeOver('endpoint_override', neutron['endpoint']);
  takeOver('cafile', neutron['ca_certificates_file']);
  const interfaceName = neutron['endpoint_type'];
  if (typeof interfaceName === 'string') takeOver('valid_interfaces', [interfaceName.replace('URL', '')]);
  takeOver('auth_type', login['auth_type']);
  if (neutron['auth_url'] !== null) return;
  for (const [name, value] of Object.entries(login)) {
    if (name in neutron && (neutron[name] === null || neutron[name] === false)) takeOver(name, value);
  }
}
