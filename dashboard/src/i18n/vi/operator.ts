export const operator = {
  'operator.title': 'Vận hành',
  'operator.coming': 'Cụm amphora, hạn mức, cấu hình và vùng được hiển thị tại đây.',
} as const;
