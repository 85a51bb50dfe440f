import { Command, InvalidArgumentError, Option } from 'commander';
import { OctaviaError, reasonOf } from '../lib/errors.ts';
import { projectVersion } from './project.ts';

/** Command line of every process. Each command imports its own code only when it runs, so that a start stays quick. */
function buildProgram(): Command {
  const version = projectVersion();
  const program = new Command('octavia').description('OpenStack load balancing (Octavia) in TypeScript').version(version).showHelpAfterError();

  program
    .command('up')
    .description('embedded service: API, worker, health manager, housekeeping and amphorae in one process')
    .addOption(listenOption('address of the API; with 0.0.0.0 or [::] clients are told the one that leads out of this machine'))
    .option('--data-dir <dir>', 'where everything is kept', '.octavia')
    .addOption(repeatable('--config-file <file>', 'octavia.conf to read over what it has by itself', 'none'))
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
    .option('--lanes <count>', 'files to run side by side', parseLanes, 2)
    .action(async (suites, options) => (await import('./test/run-suites.ts')).runTestSuites(suites, options.lanes));

  program
    .command('bench [names...]')
    .description('benchmarks, as ratios against a reference in the same run')
    .action(async (names) => (await import('./bench.ts')).runBenchmarks(names));

  program
    .command('dashboard')
    .description('the web dashboard')
    .command('build')
    .description('makes it anew when its sources changed (with packages of npm); up and api do so by themselves where they may write')
    .action(() => { throw new OctaviaError('launcher-only', 'The launcher makes the dashboard: run ./octavia dashboard build.'); });

  program
    .command('bundle <directory>', { hidden: true })
    .description('this program as JavaScript; the launcher `octavia` asks for it and starts what it made')
    .action(async (directory) => (await import('./bundle/bundle-program.ts')).bundleProgram(directory));

  const service = (name: string, description: string): Command => withFiles(program.command(name).description(description), `octavia-${name}`).version(version);
  service('api', 'the REST API alone').action(async (options) => (await import('./services/run-api.ts')).runApi(options));
  service('worker', 'the controller worker alone').action(async (options) => (await import('./services/run-worker.ts')).runWorker(options));
  service('health-manager', 'the health manager alone').action(async (options) => (await import('./services/run-health-manager.ts')).runHealthManager(options));
  service('housekeeping', 'housekeeping alone').action(async (options) => (await import('./services/run-housekeeping.ts')).runHousekeeping(options));
  service('driver-agent', 'the sockets of providers in other processes').action(async (options) => (await import('./services/run-driver-agent.ts')).runDriverAgent(options));
  service('light-host', 'a host of the light pool: amphorae as namespaces of this machine, on ports of Neutron').action(async (options) => (await import('./light-host/run-light-host.ts')).runLightHost(options));

  program
    .command('amphora-agent')
    .version(version)
    .description('the agent of the amphora that this machine is')
    .option('--config-file <file>', 'amphora-agent.conf', '/etc/octavia/amphora-agent.conf')
    .action(async (options) => (await import('./amphora/run-amphora-agent.ts')).runAmphoraAgent(options));

  const image = program.command('image').description('amphora images, and the agent for images that there are');
  image
    .command('build')
    .description('a bootable disk: Debian, haproxy, keepalived and the agent (as root)')
    .option('--output <file>', 'where to', 'amphora.qcow2')
    .addOption(new Option('--format <format>', 'of the file').choices(['qcow2', 'raw']).default('qcow2'))
    .option('--size <MiB>', 'of the disk; the file system grows to the disk of the flavor', parseCount, 2048)
    .option('--kernel <package>', 'Debian package of the kernel; the cloud kernel has no AHCI and drives few passed-through cards', 'linux-image-cloud-amd64')
    .option('--ssh', 'with an SSH server, for the key of amp_ssh_key_name and the user debian')
    .option('--suite <name>', 'release of Debian', 'bookworm')
    .option('--mirror <url>', 'where Debian packages come from (default: the sources of this machine)')
    .action(async ({ size, ssh, mirror, ...options }) => (await import('./image/build-image.ts')).buildImage({ ...options, sizeMib: size, hasSsh: ssh === true, mirror: mirror ?? null }));
  image
    .command('agent')
    .description('the agent alone, for an amphora image that there is')
    .option('--output <file>', '.deb or .tar.gz', 'octavia-amphora-agent.deb')
    .action(async (options) => (await import('./image/agent-package.ts')).packageAgent(options));

  withFiles(program.command('db-manage <command> [args...]'), 'octavia-db-manage')
    .version(version)
    .description('database schema: upgrade head, current, history, stamp, check_migration')
    .option('--sql', 'with upgrade head: print the statements that this database lacks, and run none')
    .option('--delta <count>', 'refused: only head can be upgraded to')
    .action(async (command, args, options) => (await import('./db-manage.ts')).runDbManage(command, args, options));

  withFiles(program.command('status <subject> <action>'), 'octavia-status')
    .version(version)
    .description('`status upgrade check`: whether configuration, policy and database fit this version (status 0 yes, 1 with warnings, 2 no)')
    .action(async (subject, action, options) => (await import('./upgrade-check/run-upgrade-check.ts')).runStatus(subject, action, options));

  const rollout = program.command('rollout').description('renews all amphorae in steps: new image or new agent configuration');
  const ordered = (name: string, description: string): Command => withFiles(rollout.command(name).description(description), 'octavia');
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
  const certificatesCommand = () => import('./certificates/certificates-command.ts');
  certificates.command('create <directory>').description('makes both authorities and the certificate of the controllers').action(async (directory) => (await certificatesCommand()).createCertificates(directory));
  withFiles(certificates.command('status').description('what is trusted until when, and how many amphorae wait for a renewal'), 'octavia').action(async (options) => (await certificatesCommand()).showCertificates(options));
  for (const [step, description] of [['prepare', 'makes the next one and trusts it'], ['switch', 'signs with it from now on'], ['retire', 'trusts the former one no more']] as const) {
    withFiles(certificates.command(`server-ca-${step}`).description(`authority of agents: ${description}`), 'octavia').action(async (options) => (await certificatesCommand()).changeServerCa(step, options));
  }
  withFiles(certificates.command('client-ca').description('new authority of controllers, which the present one vouches for'), 'octavia')
    .requiredOption('--key <file>', 'private key of the present one')
    .option('--passphrase <text>', 'passphrase of that key')
    .action(async (options) => (await certificatesCommand()).changeClientCa(options));
  withFiles(certificates.command('renew').description('renews the certificates of all amphorae'), 'octavia')
    .option('--amphora <id>', 'only that one')
    .action(async (options) => (await certificatesCommand()).renewAll(options));
  withFiles(certificates.command('light-host <name>').description('certificate of a host of the light pool; NAME as [light_pool] hosts has it'), 'octavia')
    .option('--output <file>', 'where to', 'light_host.pem')
    .action(async (name, options) => (await certificatesCommand()).issueLightHostCertificate(name, options));
  certificates.command('heartbeat-key').description('proposes a key and the steps to it').action(async () => (await certificatesCommand()).proposeHeartbeatKey());

  program
    .command('sample-config')
    .description('prints octavia.conf with every option, its meaning and its default')
    .action(async () => void process.stdout.write((await import('../config/sample-config.ts')).renderSampleConfig()));

  withFiles(program.command('sample-policy [file]').description('prints policy.yaml with every rule, its meaning and its default; for a file: its rules that only repeat the default'), 'octavia-api')
    .option('--effective', 'prints the policy as it is in force instead: the files that octavia.conf names over the defaults')
    .action(async (file, options) => (await import('./policy-command.ts')).printPolicy(file, options));

  addBootstrap(program);

  program
    .command('doctor')
    .description('what this machine offers, and with an octavia.conf whether everything it names is there and answers; says the fix for what does not (status 1)')
    .addOption(listenOption('address that the API is to have'))
    .addOption(repeatable('--config-file <file>', 'octavia.conf to check', 'none: the machine alone is looked at'))
    .addOption(repeatable('--config-dir <dir>', 'directory of *.conf to check', 'none'))
    .option('--json', 'findings as JSON')
    .action(async (options) => (await import('./doctor/run-doctor.ts')).runDoctor(options));

  return program;
}

function addBootstrap(program: Command): void {
  program
    .command('bootstrap')
    .description('makes what load balancers need in an OpenStack cloud (as its administrator: OS_* variables or --os-cloud), and octavia.conf; a second run changes nothing')
    .option('--os-cloud <name>', 'cloud of clouds.yaml')
    .option('--config-dir <dir>', 'where octavia.conf and certificates are kept', '/etc/octavia')
    .option('--dry-run', 'only says what would be done')
    .option('--image <file>', 'image of amphorae to upload (qcow2 or raw)')
    .option('--image-tag <tag>', 'tag that images of amphorae have', 'amphora')
    .addOption(repeatable('--controller <host>', 'host name of a controller as Neutron knows it', 'this host'))
    .option('--api-url <url>', 'endpoint of the API (a new catalog entry leads to the first controller)')
    .option('--database <url>', '[database] connection')
    .option('--transport-url <url>', '[DEFAULT] transport_url')
    .option('--topology <topology>', 'SINGLE or ACTIVE_STANDBY', parseTopology, 'ACTIVE_STANDBY')
    .option('--spares <n>', 'amphorae that are kept booted for whoever needs one next', parseCount, 2)
    .option('--region <name>', 'region of the catalog (OS_REGION_NAME)')
    .option('--network-region <name>', 'region of Neutron, when it is another one')
    .option('--network <name>', 'name or id of the management network', 'lb-mgmt-net')
    .option('--cidr <cidr>', 'its addresses (172.16.0.0/22, or whatever an existing subnet has)')
    .option('--no-dhcp', 'no DHCP on it')
    .option('--provider-type <type>', 'kind of the network: vlan, vxlan, flat ...')
    .option('--physical-network <name>', 'physical network it is on')
    .option('--segment <id>', 'VLAN or tunnel id', parseCount)
    .option('--flavor <name>', 'name of the compute flavor', 'amphora')
    .option('--ram <MiB>', 'memory of a new flavor', parseCount, 1024)
    .option('--vcpus <n>', 'processors of a new flavor', parseCount, 1)
    .option('--disk <GiB>', 'disk of a new flavor', parseCount, 2)
    .option('--key-name <name>', 'name of the key pair', 'octavia_ssh_key')
    .option('--public-key <file>', 'public key to import (without: a new one, its private half in --config-dir)')
    .option('--project <name>', 'project of the service', 'service')
    .option('--user <name>', 'user of the service', 'octavia')
    .option('--domain <name>', 'domain of both', 'Default')
    .option('--service-password <text>', 'password of that user (without: the one of octavia.conf, else a new one)')
    .option('--reset-password', 'set the password of a user who exists')
    .action(async (options) => (await import('./bootstrap/run-bootstrap.ts')).runBootstrap(options));
}

/** Options of whatever reads octavia.conf; `program` is whose files are looked for when none is named. */
function withFiles(command: Command, program: string): Command {
  const names = (suffix: string): string => [...new Set(['octavia', program])].map((name) => `${name}${suffix}`).join(' and ');
  return command
    .addOption(repeatable('--config-file <file>', 'octavia.conf to read', `${names('.conf')} of ~/.octavia, ~, /etc/octavia or /etc`))
    .addOption(repeatable('--config-dir <dir>', 'directory of *.conf to read', `${names('.conf.d')} there`));
}

function repeatable(flags: string, description: string, without: string): Option {
  return new Option(flags, `${description} (repeatable)`).argParser(collect).default([], without);
}

function listenOption(description: string): Option {
  return new Option('--listen <host:port>', description).argParser(parseListen).default({ host: '127.0.0.1', port: 9876 }, '127.0.0.1:9876');
}

function parseTopology(text: string): 'SINGLE' | 'ACTIVE_STANDBY' {
  if (text !== 'SINGLE' && text !== 'ACTIVE_STANDBY') throw new InvalidArgumentError('write SINGLE or ACTIVE_STANDBY');
  return text;
}

function parseListen(text: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || port < 1 || port > 65_535) throw new InvalidArgumentError('write it as ADDRESS:PORT, for example 127.0.0.1:9876');
  return { host, port };
}

/** In no lane nothing would be run, and nothing fail. */
function parseLanes(text: string): number {
  const lanes = parseCount(text);
  if (lanes < 1) throw new InvalidArgumentError('write 1 or more');
  return lanes;
}

function parseCount(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('write a whole number');
  return Number(text);
}

function collect(value: string, previous: string[]): string[] {
  return [...previous, value];
}

// Who reads our output may have seen enough (`| head`): the work is done to its end all the same, so that nothing is half done.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return;
  process.stderr.write(`octavia: The output cannot be written: ${error.message}\n`);
  process.exitCode = 1;
});

try {
  await buildProgram().parseAsync(process.argv);
} catch (error) {
  // A file that is not there or may not be read is told by its name; where in the program that was met helps nobody.
  const isClear = error instanceof OctaviaError || (error instanceof Error && 'syscall' in error);
  const detail = error instanceof Error && !isClear ? (error.stack ?? error.message) : reasonOf(error);
  process.stderr.write(`octavia: ${detail}\n`);
  process.exitCode = 1;
}
