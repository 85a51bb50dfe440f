"""Everything under one load balancer through openstacksdk, with the variables of an openrc; prints `walked` at its end.

With the argument `admin` what administrators have besides: flavors, zones, quotas, amphorae, failover.
"""
import json
import sys

import openstack

lbs = openstack.connect().load_balancer
lb = lbs.create_load_balancer(name='sdk', vip_subnet_id='33333333-3333-3333-3333-333333333333')


def active():
    lbs.wait_for_load_balancer(lb.id, interval=0.1, wait=60)


def walk_tenant():
    listener = lbs.create_listener(name='sdk', load_balancer_id=lb.id, protocol='HTTP', protocol_port=80, allowed_cidrs=['192.0.2.0/24'])
    active()
    pool = lbs.create_pool(name='sdk', listener_id=listener.id, protocol='HTTP', lb_algorithm='ROUND_ROBIN')
    active()
    member = lbs.create_member(pool, name='sdk', address='192.0.2.9', protocol_port=80)
    active()
    monitor = lbs.create_health_monitor(name='sdk', pool_id=pool.id, type='HTTP', delay=5, timeout=3, max_retries=3)
    active()
    policy = lbs.create_l7_policy(name='sdk', listener_id=listener.id, action='REJECT')
    active()
    rule = lbs.create_l7_rule(policy, type='PATH', compare_type='STARTS_WITH', value='/sdk')
    active()
    assert lbs.update_load_balancer(lb, description='about').description == 'about'
    active()
    assert lbs.update_pool(pool, lb_algorithm='SOURCE_IP').lb_algorithm == 'SOURCE_IP'
    active()
    assert lbs.update_health_monitor(monitor, url_path='/sdk').url_path == '/sdk'
    active()
    assert lbs.update_l7_policy(policy, description='about').description == 'about'
    active()
    assert lbs.update_l7_rule(rule, policy, rule_value='/new').rule_value == '/new'
    active()
    assert lbs.update_listener(listener, connection_limit=7).connection_limit == 7
    active()
    assert lbs.update_member(member, pool, weight=5).weight == 5
    active()
    assert lbs.find_load_balancer('sdk').id == lb.id
    assert [found.id for found in lbs.load_balancers(name='sdk')] == [lb.id]
    assert [found.id for found in lbs.members(pool)] == [member.id]
    assert [found.id for found in lbs.l7_rules(policy)] == [rule.id]
    assert lbs.get_health_monitor(monitor.id).pools == [{'id': pool.id}]
    assert lbs.get_load_balancer_statistics(lb.id).total_connections == 0
    assert lbs.get_listener_statistics(listener.id).bytes_in == 0
    assert {provider.name for provider in lbs.providers()} >= {'amphora'}
    assert lbs.get_quota(lb.project_id).load_balancers is not None
    lbs.delete_l7_rule(rule, policy)
    active()
    lbs.delete_l7_policy(policy)
    active()
    lbs.delete_health_monitor(monitor)
    active()
    lbs.delete_member(member, pool)
    active()


def walk_admin():
    profile = lbs.create_flavor_profile(name='sdk', provider_name='amphora', flavor_data=json.dumps({'loadbalancer_topology': 'SINGLE'}))
    assert lbs.update_flavor_profile(profile, name='sdk2').name == 'sdk2'
    flavor = lbs.create_flavor(name='sdk', flavor_profile_id=profile.id)
    assert lbs.update_flavor(flavor, description='about').description == 'about'
    assert [found.id for found in lbs.flavors(name='sdk')] == [flavor.id] == [lbs.find_flavor('sdk').id]
    zone_profile = lbs.create_availability_zone_profile(name='sdk', provider_name='amphora', availability_zone_data=json.dumps({'compute_zone': 'nova'}))
    lbs.create_availability_zone(name='sdk', availability_zone_profile_id=zone_profile.id)
    assert lbs.update_availability_zone('sdk', description='about').description == 'about'
    assert [found.name for found in lbs.availability_zones()] == ['sdk']
    assert {key.name for key in lbs.provider_flavor_capabilities('amphora')} >= {'loadbalancer_topology'}
    lbs.update_quota(lb.project_id, load_balancers=9)
    assert lbs.get_quota(lb.project_id).load_balancers == 9
    assert lbs.get_quota_default().load_balancers == -1
    lbs.delete_quota(lb.project_id)
    active()
    amphora = next(lbs.amphorae(loadbalancer_id=lb.id))
    assert lbs.get_amphora(amphora.id).status == 'ALLOCATED'
    lbs.configure_amphora(amphora.id)
    lbs.failover_amphora(amphora.id)
    active()
    lbs.failover_load_balancer(lb.id)
    active()
    lbs.delete_availability_zone('sdk')
    lbs.delete_availability_zone_profile(zone_profile)
    lbs.delete_flavor(flavor)
    lbs.delete_flavor_profile(profile)


active()
(walk_admin if 'admin' in sys.argv else walk_tenant)()
lbs.delete_load_balancer(lb, cascade=True)
while lbs.find_load_balancer(lb.id) is not None:
    pass
print('walked')
