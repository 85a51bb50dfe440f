// Rooms import leftwards only: model < lib|config|store|bus|drivers < amphora|api|worker|health|housekeeping|minicloud < processes.
const rooms = (...names) => `^src/(${names.join('|')})/`;
const BASE = ['lib', 'config', 'telemetry', 'store', 'bus', 'drivers', 'openstack'];
const UPPER = ['amphora', 'api', 'providers', 'worker', 'health', 'housekeeping', 'driver-agent', 'minicloud'];
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'model-is-pure', severity: 'error', comment: 'model/ holds rules only: no I/O, nothing from other rooms.', from: { path: '^src/model/' }, to: { path: '^src/(?!model/)' } },
    { name: 'model-does-no-io', severity: 'error', from: { path: '^src/model/', pathNot: '\\.test\\.ts$' }, to: { dependencyTypes: ['core'], pathNot: '^(node:)?(net|url|crypto)$' } },
    { name: 'base-does-not-look-up', severity: 'error', from: { path: rooms(...BASE), pathNot: '\\.test\\.ts$' }, to: { path: rooms(...UPPER, 'processes') } },
    { name: 'lib-stands-alone', severity: 'error', from: { path: '^src/lib/' }, to: { path: '^src/(?!lib/)' } },
    { name: 'nobody-imports-processes', severity: 'error', from: { path: '^src/(?!processes/)', pathNot: '\\.test\\.ts$' }, to: { path: '^src/processes/' } },
    { name: 'agent-knows-no-controller', severity: 'error', comment: 'The agent runs inside an amphora: it has no database, bus or API.', from: { path: '^src/amphora/agent/', pathNot: '\\.test\\.ts$' }, to: { path: rooms('store', 'bus', 'api', 'worker', 'health', 'housekeeping', 'providers', 'minicloud') } },
    { name: 'api-does-not-import-the-worker', severity: 'error', comment: 'They meet in the database and on the bus only.', from: { path: '^src/api/' }, to: { path: rooms('worker', 'health', 'housekeeping', 'driver-agent', 'amphora', 'minicloud') } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js'] },
  },
};
