import { Command, InvalidArgumentError } from 'commander';
import { OctaviaError } from '../lib/errors.ts';

/** Command line of every process. Each command imports its own code only when it runs, so that a start stays quick. */
function buildProgram(): Command {
  const program = new Command('octavia').description('OpenStack load balancing (Octavia) in TypeScript').showHelpAfterError();

  program
    .command('up')
    .description('embedded service: API, worker, health manager, housekeeping and amphorae in one process')
    .option('--listen <host:port>', 'address of the API', parseListen, { host: '127.0.0.1', port: 9876 })
    .option('--data-dir <dir>', 'where everything is kept', '.octavia')
    .option('--config-file <file>', 'octavia.conf to read (repeatable)', collect, [])
    .action(async (options) => (await import('./up/run-up.ts')).runUp(options));

  program
    .command('demo')
    .description('a load balancer from nothing to traffic and failover, in a world of its own, with figures')
    .action(async () => (await import('./demo/demo.ts')).runDemo());

  const server = program.command('server').description('namespaces that play virtual machines on the networks of `up`');
  server
    .command('create <name>')
    .requiredOption('--network <network>', 'name or id of the network')
    .option('--address <address>', 'fixed address')
    .option('--serve <text>', 'answer HTTP requests with this text (default: the server name)')
    .option('--data-dir <dir>', 'data directory of the running `up`', '.octavia')
    .argument('[command...]', 'program to run instead of the web server, after --')
    .action(async (name, command, options) => (await import('./server.ts')).createServer({ name, command, ...options }));
  server
    .command('list')
    .option('--data-dir <dir>', 'data directory of the running `up`', '.octavia')
    .action(async (options) => (await import('./server.ts')).listServers(options));
  server
    .command('delete <name...>')
    .option('--data-dir <dir>', 'data directory of the running `up`', '.octavia')
    .action(async (names, options) => (await import('./server.ts')).deleteServers({ names, ...options }));

  program
    .command('test [suites...]')
    .description('everything the project promises about itself')
    .action(async (suites) => (await import('./test-suites.ts')).runTestSuites(suites));

  program
    .command('bench [names...]')
    .description('benchmarks, as ratios against a reference in the same run')
    .action(async (names) => (await import('./bench.ts')).runBenchmarks(names));

  const service = (name: string, description: string): Command =>
    program
      .command(name)
      .description(description)
      .option('--config-file <file>', 'octavia.conf to read (repeatable)', collect, [])
      .option('--config-dir <dir>', 'directory of *.conf to read (repeatable)', collect, []);
  service('api', 'the REST API alone').action(async (options) => (await import('./services/run-api.ts')).runApi(options));
  service('worker', 'the controller worker alone').action(async (options) => (await import('./services/run-worker.ts')).runWorker(options));
  service('health-manager', 'the health manager alone').action(async (options) => (await import('./services/run-health-manager.ts')).runHealthManager(options));
  service('housekeeping', 'housekeeping alone').action(async (options) => (await import('./services/run-housekeeping.ts')).runHousekeeping(options));
  service('driver-agent', 'the sockets of providers in other processes').action(async (options) => (await import('./services/run-driver-agent.ts')).runDriverAgent(options));

  program
    .command('db-manage <command> [args...]')
    .description('database schema: upgrade head, current, history, stamp, check_migration')
    .option('--config-file <file>', 'octavia.conf to read (repeatable)', collect, [])
    .option('--config-dir <dir>', 'directory of *.conf to read (repeatable)', collect, [])
    .action(async (command, args, options) => (await import('./db-manage.ts')).runDbManage(command, args, options));

  program
    .command('status <subject> <action>')
    .description('`status upgrade check`: whether configuration, policy and database fit this version (status 0 yes, 1 with warnings, 2 no)')
    .option('--config-file <file>', 'octavia.conf to read (repeatable)', collect, [])
    .option('--config-dir <dir>', 'directory of *.conf to read (repeatable)', collect, [])
    .action(async (subject, action, options) => (await import('./upgrade-check/run-upgrade-check.ts')).runStatus(subject, action, options));

  const rollout = program.command('rollout').description('renews all amphorae in steps: new image or new agent configuration');
  const ordered = (name: string, description: string): Command =>
    rollout
      .command(name)
      .description(description)
      .option('--config-file <file>', 'octavia.conf to read (repeatable)', collect, [])
      .option('--config-dir <dir>', 'directory of *.conf to read (repeatable)', collect, []);
  ordered('start', 'begins a rollout; housekeeping carries it out')
    .option('--kind <kind>', 'failover (replace each amphora) or configure (push the configuration of the agent)', 'failover')
    .option('--image <id>', 'image the amphorae shall have: those that have it are left alone, and new ones must boot it')
    .option('--canary <n>', 'amphorae that go first; the rest waits until they did well', parseCount, 1)
    .option('--rate <n>', 'amphorae begun per minute', parseCount, 10)
    .option('--parallel <n>', 'amphorae under way at the same time', parseCount, 2)
    .option('--soak <seconds>', 'how long each load balancer is watched afterwards', parseCount, 60)
    .action(async (options) => (await import('./rollout-command.ts')).startRolloutCommand(options));
  ordered('status', 'how far it is').action(async (options) => (await import('./rollout-command.ts')).showRollout(options));
  for (const order of ['pause', 'resume', 'abort'] as const) {
    ordered(order, { pause: 'begins nothing more for now', resume: 'goes on, also after a failure: failed amphorae are tried again', abort: 'ends it; what is under way comes to its end' }[order])
      .action(async (options) => (await import('./rollout-command.ts')).orderRolloutCommand(order, options));
  }

  const certificates = program.command('certificates').description('authorities and certificates of amphorae: make them, see them, change them without failover');
  const withFiles = (command: Command): Command =>
    command
      .option('--config-file <file>', 'octavia.conf to read (repeatable)', collect, [])
      .option('--config-dir <dir>', 'directory of *.conf to read (repeatable)', collect, []);
  const certificatesCommand = () => import('./certificates/certificates-command.ts');
  certificates.command('create <directory>').description('makes both authorities and the certificate of the controllers').action(async (directory) => (await certificatesCommand()).createCertificates(directory));
  withFiles(certificates.command('status').description('what is trusted until when, and how many amphorae wait for a renewal')).action(async (options) => (await certificatesCommand()).showCertificates(options));
  for (const [step, description] of [['prepare', 'makes the next one and trusts it'], ['switch', 'signs with it from now on'], ['retire', 'trusts the former one no more']] as const) {
    withFiles(certificates.command(`server-ca-${step}`).description(`authority of agents: ${description}`)).action(async (options) => (await certificatesCommand()).changeServerCa(step, options));
  }
  withFiles(certificates.command('client-ca').description('new authority of controllers, which the present one vouches for'))
    .requiredOption('--key <file>', 'private key of the present one')
    .option('--passphrase <text>', 'passphrase of that key')
    .action(async (options) => (await certificatesCommand()).changeClientCa(options));
  withFiles(certificates.command('renew').description('renews the certificates of all amphorae'))
    .option('--amphora <id>', 'only that one')
    .action(async (options) => (await certificatesCommand()).renewAll(options));
  certificates.command('heartbeat-key').description('proposes a key and the steps to it').action(async () => (await certificatesCommand()).proposeHeartbeatKey());

  program
    .command('sample-config')
    .description('prints octavia.conf with every option, its meaning and its default')
    .action(async () => void process.stdout.write((await import('../config/sample-config.ts')).renderSampleConfig()));

  program
    .command('sample-policy [file]')
    .description('prints policy.yaml with every rule, its meaning and its default; for a file: its rules that only repeat the default')
    .action(async (file) => void process.stdout.write((await import('../api/policy/sample-policy.ts')).policyText(file)));

  program
    .command('doctor')
    .description('what this machine offers, and the fix for what is missing')
    .option('--listen <host:port>', 'address that the API is to have', parseListen, { host: '127.0.0.1', port: 9876 })
    .action(async (options) => (await import('./doctor.ts')).runDoctor(options));

  return program;
}

function parseListen(text: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || port < 1 || port > 65_535) throw new InvalidArgumentError('write it as ADDRESS:PORT, for example 127.0.0.1:9876');
  return { host, port };
}

function parseCount(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('write a whole number');
  return Number(text);
}

function collect(value: string, previous: string[]): string[] {
  return [...previous, value];
}

try {
  await buildProgram().parseAsync(process.argv);
} catch (error) {
  const detail = error instanceof OctaviaError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`octavia: ${detail}\n`);
  process.exitCode = 1;
}
