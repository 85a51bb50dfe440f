export const loadBalancers = {
  'list.title': 'Bộ cân bằng tải',
} as const;
