import { bool, choice, float, int, multi, str, list } from './option.ts';

const HALF_OF_THRESHOLD = 'heartbeats go out twice in heartbeat_timeout_threshold';
const OTHER_PAUSES = 'rabbit_retry_interval, rabbit_retry_backoff and rabbit_interval_max rule the pauses';
const NO_CALLS = 'nothing here waits for an answer over the queue';

/** [oslo_messaging] */
export const osloMessagingOptions = {
  topic: str(null, 'Control topic of old releases.', { unused: 'the topic is octavia_provisioning_v2' }),
};

/** [oslo_messaging_rabbit]: the RabbitMQ driver. */
export const osloMessagingRabbitOptions = {
  amqp_durable_queues: bool(false, 'Queues survive a restart of the broker.'),
  amqp_auto_delete: bool(false, 'Queues vanish with their last consumer.', { deprecatedNames: ['DEFAULT/amqp_auto_delete'] }),
  rabbit_transient_quorum_queue: bool(false, 'Reply and fanout queues are quorum queues too.'),
  ssl: bool(false, 'Connect with TLS.', { deprecatedNames: ['rabbit_use_ssl'] }),
  ssl_version: str('', 'TLS version; the best of both sides when empty.', { deprecatedNames: ['kombu_ssl_version'], unused: 'the best version that both sides know is taken' }),
  ssl_key_file: str('', 'Key of the client certificate.', { deprecatedNames: ['kombu_ssl_keyfile'] }),
  ssl_cert_file: str('', 'Client certificate.', { deprecatedNames: ['kombu_ssl_certfile'] }),
  ssl_ca_file: str('', 'CA file that proves the broker.', { deprecatedNames: ['kombu_ssl_ca_certs'] }),
  ssl_enforce_hostname_verification: bool(true, 'The certificate of the broker must name the host by which it is reached.'),
  ssl_enforce_fips_mode: bool(false, 'Option of the original.', { unused: 'Node is told by its own option --enable-fips' }),
  heartbeat_in_pthread: bool(false, 'Option of the original.', { unused: HALF_OF_THRESHOLD }),
  kombu_reconnect_delay: float(1, 'Seconds between two attempts to connect again.', { min: 0, max: 4.5, unused: OTHER_PAUSES }),
  kombu_reconnect_splay: float(0, 'Random seconds added to it.', { min: 0, unused: OTHER_PAUSES }),
  kombu_compression: str(null, 'Option of the original.', { unused: 'messages are small' }),
  kombu_missing_consumer_retry_timeout: int(60, 'Seconds to wait for a consumer that never came.', { deprecatedNames: ['kombu_reconnect_timeout'], unused: NO_CALLS }),
  kombu_failover_strategy: choice(['round-robin', 'shuffle'], 'round-robin', 'Which broker is tried next.', { unused: 'brokers are tried in turn' }),
  rabbit_login_method: choice(['PLAIN', 'AMQPLAIN', 'EXTERNAL', 'RABBIT-CR-DEMO'], 'AMQPLAIN', 'SASL mechanism.'),
  rabbit_retry_interval: int(1, 'Seconds before the first attempt to connect again.', { min: 1 }),
  rabbit_retry_backoff: int(2, 'Seconds added at each attempt.', { min: 0 }),
  rabbit_interval_max: int(30, 'Most seconds between two attempts.', { min: 1 }),
  rabbit_ha_queues: bool(false, 'Mirrored queues (x-ha-policy all).'),
  rabbit_quorum_queue: bool(false, 'The control queue is a quorum queue.'),
  rabbit_quorum_delivery_limit: int(0, 'Deliveries of one message of a quorum queue; 0 = no limit.'),
  rabbit_quorum_max_memory_length: int(0, 'Messages of a quorum queue kept in memory; 0 = no limit.', { deprecatedNames: ['rabbit_quroum_max_memory_length'] }),
  rabbit_quorum_max_memory_bytes: int(0, 'Bytes of a quorum queue kept in memory; 0 = no limit.', { deprecatedNames: ['rabbit_quroum_max_memory_bytes'] }),
  rabbit_transient_queues_ttl: int(1800, 'Seconds until an unused reply or fanout queue vanishes.', { min: 0 }),
  rabbit_qos_prefetch_count: int(0, 'Messages delivered ahead; 0 = no limit.'),
  heartbeat_timeout_threshold: int(60, 'Seconds until a silent broker counts as lost; 0 = never.'),
  heartbeat_rate: int(3, 'Looks at the heartbeat in that time.', { unused: HALF_OF_THRESHOLD }),
  direct_mandatory_flag: bool(true, 'Replies must reach a queue.', { unused: NO_CALLS }),
  enable_cancel_on_failover: bool(false, 'Be told when a queue moves to another broker.', { unused: 'a consumer that is cancelled is always made anew' }),
  use_queue_manager: bool(false, 'Fixed names of reply queues.', { unused: NO_CALLS }),
  hostname: str(null, 'Host part of such names.', { unused: NO_CALLS }),
  processname: str(null, 'Process part of such names.', { unused: NO_CALLS }),
  rabbit_stream_fanout: bool(false, 'Fanout over streams.', { unused: 'nothing is sent to all at once' }),
};

/** [oslo_messaging_notifications]: where notifications go. */
export const osloMessagingNotificationsOptions = {
  driver: multi([], 'messaging, messagingv2, log, test or noop; may be given many times.', { deprecatedNames: ['DEFAULT/notification_driver'] }),
  transport_url: str(null, 'Message queue of notifications; transport_url of [DEFAULT] without it.', { isSecret: true, deprecatedNames: ['DEFAULT/notification_transport_url'] }),
  topics: list(['notifications'], 'Topics of notifications.', { deprecatedNames: ['rpc_notifier2/topics', 'DEFAULT/notification_topics'] }),
  retry: int(-1, 'Attempts to send a notification; -1 = for ever, 0 = one.'),
};
