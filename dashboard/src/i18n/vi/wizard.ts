export const wizard = {
  'wizard.title': 'Tạo bộ cân bằng tải',
} as const;
