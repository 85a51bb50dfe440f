import { bool, int, str } from './option.ts';

const STATEMENTS_UNLOGGED = 'statements are not logged';
const OWN_RETRIES = 'transactions that conflict are tried up to 20 times with short random pauses';

/** [database]: the connection (oslo.db). */
export const databaseOptions = {
  connection: str('sqlite://', 'SQLAlchemy URL: mysql+pymysql://, postgresql+psycopg2:// or sqlite:///. For MySQL ?ssl_ca=FILE proves the server and its host name (not the name with &ssl_check_hostname=false, nor with &ssl_verify_cert=true unless &ssl_verify_identity=true); ssl_cert and ssl_key without it encrypt and prove nothing.', {
    isSecret: true, deprecatedNames: ['DEFAULT/sql_connection', 'DATABASE/sql_connection', 'sql/connection'],
  }),
  slave_connection: str(null, 'Connection for reads only.', { isSecret: true, unused: 'everything is read from connection' }),
  connection_parameters: str('', 'Appended to the connection as param1=value1&param2=value2.'),
  backend: str('sqlalchemy', 'Option of the original.', { deprecatedNames: ['DEFAULT/db_backend'], unused: 'the URL of connection says which it is' }),
  sqlite_synchronous: bool(true, 'Wait for the disk in SQLite.', { deprecatedNames: ['DEFAULT/sqlite_synchronous'], unused: 'SQLite runs with a write-ahead log and synchronous = normal' }),
  mysql_sql_mode: str('TRADITIONAL', 'SQL mode of MySQL sessions.'),
  mysql_wsrep_sync_wait: int(null, 'wsrep_sync_wait of Galera sessions.'),
  connection_recycle_time: int(3600, 'Seconds after which a pooled connection is replaced.', { deprecatedNames: ['idle_timeout', 'DATABASE/sql_idle_timeout'] }),
  max_pool_size: int(10, 'Connections kept open.', { deprecatedNames: ['DEFAULT/sql_max_pool_size'] }),
  max_overflow: int(20, 'Connections beyond max_pool_size at peaks.', { deprecatedNames: ['DEFAULT/sql_max_overflow', 'DATABASE/sqlalchemy_max_overflow'], unused: 'max_pool_size is the limit, and pool_timeout how long a request waits for its turn' }),
  pool_timeout: int(10, 'Seconds to wait for a free connection.', { deprecatedNames: ['DATABASE/sqlalchemy_pool_timeout'] }),
  max_retries: int(10, 'Attempts to connect at start; -1 = for ever.', { deprecatedNames: ['DEFAULT/sql_max_retries', 'DATABASE/sql_max_retries'] }),
  retry_interval: int(10, 'Seconds between such attempts.', { deprecatedNames: ['DEFAULT/sql_retry_interval', 'DATABASE/reconnect_interval'] }),
  connection_debug: int(0, 'Verbosity of SQL logging.', { min: 0, max: 100, deprecatedNames: ['DEFAULT/sql_connection_debug'], unused: STATEMENTS_UNLOGGED }),
  connection_trace: bool(false, 'Option of the original.', { deprecatedNames: ['DEFAULT/sql_connection_trace'], unused: STATEMENTS_UNLOGGED }),
  use_db_reconnect: bool(false, 'Connect again by itself.', { unused: 'connections that broke are always replaced' }),
  db_retry_interval: int(1, 'Seconds between retries of a transaction.', { unused: OWN_RETRIES }),
  db_inc_retry_interval: bool(true, 'Double that time at each retry.', { unused: OWN_RETRIES }),
  db_max_retry_interval: int(10, 'Most seconds between retries of a transaction.', { unused: OWN_RETRIES }),
  db_max_retries: int(20, 'Retries of a transaction; -1 = for ever.', { unused: OWN_RETRIES }),
};
