export const topology = {
  'topology.title': '拓扑',
  'topology.coming': '实时拓扑显示在此处。',
  'statistics.title': '统计',
  'statistics.coming': '图表和事件显示在此处。',
} as const;
