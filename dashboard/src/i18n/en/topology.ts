/** Live topology, charts, event timeline and log tail. */
export const topology = {
  'topology.title': 'Topology',
  'topology.coming': 'The live topology is shown here.',
  'statistics.title': 'Statistics',
  'statistics.coming': 'Charts and events are shown here.',
} as const;
