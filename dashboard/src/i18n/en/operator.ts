/** The operator's view. */
export const operator = {
  'operator.title': 'Operator',
  'operator.coming': 'Fleet, quotas, flavors and zones are shown here.',
} as const;
