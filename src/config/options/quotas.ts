import { int } from './option.ts';

const quota = (things: string) => int(-1, `${things} of a project without a quota of its own; -1 = no limit.`);

/** [quotas]: defaults per project. */
export const quotasOptions = {
  default_load_balancer_quota: quota('Load balancers'),
  default_listener_quota: quota('Listeners'),
  default_member_quota: quota('Members'),
  default_pool_quota: quota('Pools'),
  default_health_monitor_quota: quota('Health monitors'),
  default_l7policy_quota: quota('L7 policies'),
  default_l7rule_quota: quota('L7 rules'),
};
