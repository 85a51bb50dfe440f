#!/usr/bin/env python3
"""Hosts one Python provider of Octavia for the TypeScript services.

    octavia_provider_bridge.py driver NAME [--config-file FILE]...
    octavia_provider_bridge.py agent NAME [--config-file FILE]...

`driver` loads the entry point NAME of `octavia.api.drivers` and answers calls: one JSON object per line on standard input,
one per line on standard output. `agent` runs the entry point NAME of `octavia.driver_agent.provider_agents` until standard
input ends. The first line out is {"ready": true} or {"failed": "why"}; log records leave as JSON lines on standard error.
Standard input ends with the service that started this program, so a killed service leaves no program behind.
"""
import builtins
import concurrent.futures
import inspect
import json
import logging
import multiprocessing
import os
import signal
import sys
import threading

DRIVERS = 'octavia.api.drivers'
AGENTS = 'octavia.driver_agent.provider_agents'
# Calls at the same time; every thread has a driver object of its own, as every request has in the original.
THREADS = 16
SECONDS_TO_FINISH = 10

NESTED = {
    'LoadBalancer': {'listeners': 'Listener', 'pools': 'Pool'},
    'Listener': {'default_pool': 'Pool', 'l7policies': 'L7Policy'},
    'Pool': {'members': 'Member', 'healthmonitor': 'HealthMonitor'},
    'L7Policy': {'rules': 'L7Rule'},
}

LOG = logging.getLogger('octavia_provider_bridge')


class JsonLines(logging.Formatter):
    """One line per record, however long its traceback is."""

    def format(self, record):
        entry = {'level': record.levelname, 'logger': record.name, 'message': record.getMessage()}
        if record.exc_info:
            entry['traceback'] = self.formatException(record.exc_info)
        return json.dumps(entry, default=str)


class Wire:
    """Lines to the service. Whatever else the provider prints goes to standard error."""

    def __init__(self):
        self._lock = threading.Lock()
        self._out = os.fdopen(os.dup(1), 'w', encoding='utf-8')
        os.dup2(2, 1)

    def send(self, message):
        text = json.dumps(message, default=plain)
        with self._lock:
            self._out.write(text + '\n')
            self._out.flush()


def plain(value):
    """JSON form of what drivers may answer besides dictionaries."""
    if hasattr(value, 'to_dict'):
        return value.to_dict()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value)


def configure(arguments):
    """Reads octavia.conf the way the original's processes do, so that the provider finds its own options."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    try:
        from octavia.common import config
    except ImportError:
        # The provider and octavia-lib may be here without the original service.
        from oslo_config import cfg
        cfg.CONF(args=arguments, project='octavia')
    else:
        config.init(arguments)
    from oslo_config import cfg
    if getattr(cfg.CONF, 'debug', False):
        logging.getLogger().setLevel(logging.DEBUG)
    signal.signal(signal.SIGHUP, lambda *_: cfg.CONF.mutate_config_files())


def load(namespace, name):
    """The object that the entry point names; raises with a sentence when there is none or it cannot be imported."""
    from stevedore import driver
    return driver.DriverManager(namespace=namespace, name=name, invoke_on_load=False).driver


class Models:
    """octavia-lib's data models from dictionaries; attributes that the installed version does not know are left out."""

    def __init__(self):
        from octavia_lib.api.drivers import data_models
        self._classes = data_models
        self._known = {}

    def build(self, model, values):
        if values is None:
            return None
        model_class = getattr(self._classes, model)
        if model not in self._known:
            self._known[model] = set(inspect.signature(model_class.__init__).parameters)
        nested = NESTED.get(model, {})
        return model_class(**{
            name: self._inner(nested.get(name), value) for name, value in values.items() if name in self._known[model]
        })

    def _inner(self, model, value):
        if model is None:
            return value
        if isinstance(value, list):
            return [self.build(model, item) for item in value]
        return self.build(model, value)

    def argument(self, sent):
        if 'models' in sent:
            return [self.build(sent['model'], item) for item in sent['models']]
        return self.build(sent['model'], sent['dict']) if 'model' in sent else sent['value']


def fault_of(error):
    """What the API's user and the operator are told, by the kinds of octavia-lib's exceptions."""
    from octavia_lib.api.drivers import exceptions
    kinds = [
        ('conflict', getattr(exceptions, 'Conflict', ())), ('unsupported_option', exceptions.UnsupportedOptionError),
        ('not_found', getattr(exceptions, 'NotFound', ())), ('not_implemented', (exceptions.NotImplementedError, builtins.NotImplementedError)),
    ]
    kind = next((name for name, classes in kinds if isinstance(error, classes)), 'driver_error')
    fallback = 'This feature is not implemented by the provider.' if kind == 'not_implemented' else str(error) or type(error).__name__
    user = getattr(error, 'user_fault_string', fallback)
    return {'kind': kind, 'user': str(user), 'operator': str(getattr(error, 'operator_fault_string', user)), 'type': type(error).__name__}


class DriverHost:
    def __init__(self, wire, name, driver_class):
        self._wire = wire
        self._name = name
        self._class = driver_class
        self._models = Models()
        self._own = threading.local()
        self._pool = concurrent.futures.ThreadPoolExecutor(THREADS, thread_name_prefix='call')

    def warm_up(self):
        self._pool.submit(self._try_driver)

    def submit(self, line):
        request = json.loads(line)
        self._pool.submit(self._answer, request)

    def finish(self):
        self._pool.shutdown(wait=True)

    def _driver(self):
        if not hasattr(self._own, 'driver'):
            driver = self._class()
            driver.name = self._name
            self._own.driver = driver
        return self._own.driver

    def _try_driver(self):
        try:
            self._driver()
        except Exception:
            LOG.exception('Provider %s cannot be initialised yet; calls will try again', self._name)

    def _answer(self, request):
        try:
            method = request['method']
            if method.startswith('_'):
                raise builtins.NotImplementedError()
            call = getattr(self._driver(), method, None)
            if call is None:
                raise builtins.NotImplementedError()
            result = call(*[self._models.argument(argument) for argument in request['arguments']])
            self._wire.send({'id': request['id'], 'result': result})
        except BaseException as error:
            fault = fault_of(error)
            if fault['kind'] == 'driver_error':
                LOG.exception('Provider %s failed', self._name)
            self._wire.send({'id': request['id'], 'fault': fault})


def run_driver(wire, name):
    host = DriverHost(wire, name, load(DRIVERS, name))
    wire.send({'ready': True})
    host.warm_up()
    for line in sys.stdin:
        host.submit(line)
    # Threads of a provider must not keep this program alive.
    threading.Timer(SECONDS_TO_FINISH, os._exit, (0,)).start()
    host.finish()


def run_agent(wire, name):
    agent = load(AGENTS, name)
    exit_event = multiprocessing.Event()

    def watch():
        sys.stdin.read()
        exit_event.set()

    threading.Thread(target=watch, daemon=True).start()
    wire.send({'ready': True})
    agent(exit_event)


def main():
    mode, name, *arguments = sys.argv[1:]
    wire = Wire()
    # The service decides when this program ends: by the end of standard input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    status = 0
    try:
        configure(arguments)
        {'driver': run_driver, 'agent': run_agent}[mode](wire, name)
    except BaseException as error:
        LOG.exception('Provider %s %s failed', mode, name)
        wire.send({'failed': str(error) or type(error).__name__})
        status = 1
    sys.stderr.flush()
    os._exit(status)


if __name__ == '__main__':
    main()
