"""A provider that writes down what it is asked for and misbehaves on request: the name of an object says how."""
import json
import os
import threading
import time

from octavia_lib.api.drivers import data_models
from octavia_lib.api.drivers import driver_lib
from octavia_lib.api.drivers import exceptions
from octavia_lib.api.drivers import provider_base
from oslo_config import cfg

LOCK = threading.Lock()


def note(call, *arguments):
    entry = {'call': call, 'pid': os.getpid(), 'arguments': [written(argument) for argument in arguments]}
    with LOCK, open(os.environ['SAMPLE_PROVIDER_NOTES'], 'a', encoding='utf-8') as notes:
        notes.write(json.dumps(entry) + '\n')


def written(value):
    """Models with their type and without what is unset, so that Unset and None can be told apart."""
    if isinstance(value, data_models.BaseDataModel):
        return {'model': type(value).__name__, **{name: written(item) for name, item in vars(value).items() if not isinstance(item, data_models.UnsetType)}}
    if isinstance(value, (list, tuple)):
        return [written(item) for item in value]
    return value


def misbehave(name):
    if name == 'unsupported':
        raise exceptions.UnsupportedOptionError(user_fault_string='no such option', operator_fault_string='for the operator')
    if name == 'unimplemented':
        raise exceptions.NotImplementedError(user_fault_string='no such action')
    if name == 'python-unimplemented':
        raise NotImplementedError()
    if name == 'failing':
        raise exceptions.DriverError(user_fault_string='the box is on fire', operator_fault_string='rack 7')
    if name == 'missing':
        raise exceptions.NotFound(user_fault_string='there is no such box', operator_fault_string='rack 8')
    if name == 'surprising':
        raise ValueError('not foreseen')
    if name == 'ending':
        os._exit(7)
    if name == 'slow':
        time.sleep(60)


class SampleDriver(provider_base.ProviderDriver):
    def create_vip_port(self, loadbalancer_id, project_id, vip_dictionary, additional_vip_dicts):
        note('create_vip_port', project_id, vip_dictionary, additional_vip_dicts)
        print('whatever a provider prints must not disturb')
        return {**vip_dictionary, 'vip_address': '198.51.100.77', 'vip_port_id': 'b0b0b0b0-0000-0000-0000-000000000001'}, additional_vip_dicts

    def loadbalancer_create(self, loadbalancer):
        note('loadbalancer_create', loadbalancer)
        misbehave(loadbalancer.name)
        self._report({'loadbalancers': [loadbalancer.loadbalancer_id]})

    def loadbalancer_delete(self, loadbalancer, cascade=False):
        note('loadbalancer_delete', loadbalancer, cascade)
        self._report({'loadbalancers': [loadbalancer.loadbalancer_id]}, 'DELETED')

    def loadbalancer_update(self, old_loadbalancer, new_loadbalancer):
        note('loadbalancer_update', old_loadbalancer, new_loadbalancer)
        self._report({'loadbalancers': [new_loadbalancer.loadbalancer_id]})

    def get_supported_flavor_metadata(self):
        return {'speed': 'How fast it shall be.'}

    def validate_flavor(self, flavor_dict):
        note('validate_flavor', flavor_dict)
        if 'speed' not in flavor_dict:
            raise exceptions.UnsupportedOptionError(user_fault_string='Only speed counts.')

    def _report(self, objects, status='ACTIVE'):
        """Real providers report from elsewhere, some time after the call; until then the API's transaction is open."""
        report = {name: [{'id': one, 'provisioning_status': status, 'operating_status': 'ONLINE'} for one in ids] for name, ids in objects.items()}
        threading.Thread(target=lambda: library().update_loadbalancer_status(report), daemon=True).start()


def child_calls(kind, plural):
    """create, delete and update of one kind of object, each reported as done with its load balancer."""
    def create(self, new):
        note(f'{kind}_create', new)
        misbehave(new.name if hasattr(new, 'name') else None)
        self._report_child(plural, new, 'ACTIVE')

    def delete(self, old):
        note(f'{kind}_delete', old)
        self._report_child(plural, old, 'DELETED')

    def update(self, old, new):
        note(f'{kind}_update', old, new)
        self._report_child(plural, old, 'ACTIVE')

    return {f'{kind}_create': create, f'{kind}_delete': delete, f'{kind}_update': update}


IDS = {'listeners': 'listener_id', 'pools': 'pool_id', 'members': 'member_id', 'healthmonitors': 'healthmonitor_id', 'l7policies': 'l7policy_id', 'l7rules': 'l7rule_id'}


def report_child(self, plural, model, status):
    one = {'id': getattr(model, IDS[plural]), 'provisioning_status': status, 'operating_status': 'ONLINE'}

    def send():
        found = parents(plural, model)
        report = {name: [{'id': each, 'provisioning_status': 'ACTIVE'} for each in ids] for name, ids in found.items()}
        report.setdefault(plural, []).append(one)
        library().update_loadbalancer_status(report)

    threading.Thread(target=send, daemon=True).start()


def parents(plural, model):
    """Everything above an object: it was made pending together with it."""
    ask = library()
    if plural in ('members', 'healthmonitors'):
        pool = ask.get_pool(model.pool_id)
        listeners = [pool.listener_id] if pool.listener_id else []
        return {'pools': [model.pool_id], 'listeners': listeners, 'loadbalancers': [pool.loadbalancer_id]}
    if plural == 'l7rules':
        policy = ask.get_l7policy(model.l7policy_id)
        return {'l7policies': [policy.l7policy_id], 'listeners': [policy.listener_id], 'loadbalancers': [ask.get_listener(policy.listener_id).loadbalancer_id]}
    if plural == 'l7policies':
        return {'listeners': [model.listener_id], 'loadbalancers': [ask.get_listener(model.listener_id).loadbalancer_id]}
    if plural == 'pools':
        # The model of a new pool says which listener uses it.
        listeners = [model.listener_id] if not isinstance(model.listener_id, data_models.UnsetType) else []
        return {'listeners': listeners, 'loadbalancers': [model.loadbalancer_id]}
    return {'loadbalancers': [model.loadbalancer_id]}


def member_batch_update(self, pool_id, members):
    note('member_batch_update', pool_id, members)

    def send():
        pool = library().get_pool(pool_id)
        wanted = [{'id': member.member_id, 'provisioning_status': 'ACTIVE'} for member in members]
        gone = [{'id': member['member_id'], 'provisioning_status': 'DELETED'} for member in pool.members if member['member_id'] not in [one.member_id for one in members]]
        listeners = [{'id': pool.listener_id, 'provisioning_status': 'ACTIVE'}] if pool.listener_id else []
        library().update_loadbalancer_status({
            'members': wanted + gone, 'pools': [{'id': pool_id, 'provisioning_status': 'ACTIVE'}], 'listeners': listeners,
            'loadbalancers': [{'id': pool.loadbalancer_id, 'provisioning_status': 'ACTIVE'}],
        })

    threading.Thread(target=send, daemon=True).start()


def library():
    # Until the API has committed, new objects cannot be looked up.
    time.sleep(0.2)
    group = cfg.CONF.driver_agent
    return driver_lib.DriverLibrary(status_socket=group.status_socket_path, stats_socket=group.stats_socket_path, get_socket=group.get_socket_path)


for singular, name in (('listener', 'listeners'), ('pool', 'pools'), ('member', 'members'), ('health_monitor', 'healthmonitors'), ('l7policy', 'l7policies'), ('l7rule', 'l7rules')):
    for method, function in child_calls(singular, name).items():
        setattr(SampleDriver, method, function)
SampleDriver._report_child = report_child
SampleDriver.member_batch_update = member_batch_update


def agent(exit_event):
    note('agent started')
    exit_event.wait()
    note('agent ended')


def failing_agent(exit_event):
    note('failing agent started')
    raise RuntimeError('it cannot work')
