import { int, list, multi, str } from './option.ts';

/** [webhook]: notifications as HTTP requests, beside those on the message queue. */
export const webhookOptions = {
  url: multi([], 'Address that gets a POST for each notification; may be given many times. None without it.', { isAddition: true }),
  secret: str(null, 'Key of the signature (HMAC-SHA256) in X-Octavia-Signature; unsigned without it.', { isAddition: true, isSecret: true }),
  events: list([], 'Event types to send, such as octavia.loadbalancer.create.end; all when empty.', { isAddition: true }),
  timeout: int(10, 'Seconds an answer may take.', { isAddition: true, min: 1 }),
  retry_attempts: int(10, 'Attempts to deliver one notification.', { isAddition: true, min: 1 }),
  retry_initial_delay: int(1, 'Seconds before the second attempt; each further one waits twice as long.', { isAddition: true, min: 1 }),
  retry_max_delay: int(300, 'Most seconds between two attempts.', { isAddition: true, min: 1 }),
  ca_file: str(null, 'CA file that proves the receiver; the system\'s without it.', { isAddition: true }),
};
