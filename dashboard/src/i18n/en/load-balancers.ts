/** Lists, details and dialogs of load balancers and what belongs to them. */
export const loadBalancers = {
  'list.title': 'Load balancers',
} as const;
