export const operator = {
  'operator.title': '运维',
  'operator.coming': '此处显示 amphora 集群、配额、规格和可用域。',
} as const;
