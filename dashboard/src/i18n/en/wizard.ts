/** The wizard that creates a load balancer. */
export const wizard = {
  'wizard.title': 'Create a load balancer',
} as const;
