export const wizard = {
  'wizard.title': '创建负载均衡器',
} as const;
