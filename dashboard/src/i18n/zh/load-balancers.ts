export const loadBalancers = {
  'list.title': '负载均衡器',
} as const;
