"""Everything under one load balancer through openstacksdk, with the variables of an openrc; prints `walked` at its end."""
import openstack

lbs = openstack.connect().load_balancer
lb = lbs.create_load_balancer(name='sdk', vip_subnet_id='33333333-3333-3333-3333-333333333333')


def active():
    lbs.wait_for_load_balancer(lb.id, interval=0.1, wait=60)


active()
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
lbs.delete_load_balancer(lb, cascade=True)
while lbs.find_load_balancer(lb.id) is not None:
    pass
print('walked')
