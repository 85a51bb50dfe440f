export const topology = {
  'topology.title': 'Sơ đồ',
  'topology.coming': 'Sơ đồ trực tiếp được hiển thị tại đây.',
  'statistics.title': 'Thống kê',
  'statistics.coming': 'Biểu đồ và sự kiện được hiển thị tại đây.',
} as const;
