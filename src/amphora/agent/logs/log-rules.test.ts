import { describe, expect, test } from 'vitest';
import { parseLogRules } from './log-rules.ts';
import { localPriority, parseSelector, priorityOf, SEVERITY } from './syslog-selector.ts';

const FLOW = localPriority(0, SEVERITY.info);
const NOTICE = localPriority(1, 5);
const action = (target: string, extra = ''): string =>
  `action(type="omfwd" target="${target}" port="514" protocol="TCP" action.resumeRetryCount="5" action.resumeInterval="2" queue.type="linkedList" queue.size="100" ${extra})`;

describe('the logging configuration of an amphora', () => {
  test('servers that follow with & are the next ones of the same logs, on one line or on several', () => {
    for (const separator of ['&', '\n& ']) {
      const { rules } = parseLogRules(`local0.=info ${action('10.0.0.1')}${separator}${action('2001:db8::1', 'action.execOnlyWhenPreviousIsSuspended="on"')}\n\nlocal1.* ${action('log.example')}\n`);
      expect(rules.map(({ servers }) => servers.map(({ host }) => host))).toEqual([['10.0.0.1', '2001:db8::1'], ['log.example']]);
      expect(rules[0]).toMatchObject({ retryCount: 5, retryIntervalMs: 2000, queueSize: 100, servers: [{ protocol: 'tcp', port: 514 }, {}] });
    }
  });

  test('rulesets are what the selectors that call them say; the queue is theirs', () => {
    const { rules, ignored } = parseLogRules(`ruleset(name="tenant_forwarding" queue.type="linkedList" queue.size="70") {
  action(type="omfwd"
         target="10.0.0.1"
         port="514"
         protocol="TCP"
         action.resumeRetryCount="5"
         action.resumeInterval="2"
         )
  action(type="omfwd" target="2001:db8::1" port="1514" protocol="TCP" action.execOnlyWhenPreviousIsSuspended="on")
}
local0.=info call tenant_forwarding

ruleset(name="admin_forwarding" queue.type="linkedList" queue.size="10000") {
  action(type="omfwd" target="log.example" port="514" protocol="UDP" action.resumeRetryCount="5" action.resumeInterval="2")
}
*.*;local0.none call admin_forwarding
local1.* call nobody
`);
    expect(rules).toMatchObject([
      { queueSize: 70, retryCount: 5, retryIntervalMs: 2000, servers: [{ host: '10.0.0.1', port: 514, protocol: 'tcp' }, { host: '2001:db8::1', port: 1514 }] },
      { queueSize: 10_000, servers: [{ host: 'log.example', protocol: 'udp' }] },
    ]);
    expect(rules.map(({ selects }) => [selects(FLOW), selects(NOTICE)])).toEqual([[true, false], [false, true]]);
    expect(ignored).toEqual(['local1.*']);
  });

  test.each([['', true], ['*.* stop\n', false], [`local0.=info ${action('h')}\n*.* stop\n`, false]])('%j keeps local files: %s', (text, keepsFiles) => {
    expect(parseLogRules(text).keepsFiles).toBe(keepsFiles);
  });

  test('actions of another kind and unknown selectors are named as ignored', () => {
    const { rules, ignored } = parseLogRules(`local9.* ${action('h')}\nlocal0.* action(type="omfile" file="/x")\n`);
    expect(rules).toEqual([]);
    expect(ignored).toEqual(['local9.*', 'local0.*']);
  });
});

describe('selectors', () => {
  test.each([
    ['local0.=info', FLOW, true], ['local0.=info', localPriority(0, SEVERITY.error), false], ['local1.*', NOTICE, true], ['local1.*', FLOW, false],
    ['*.*;local0.none', FLOW, false], ['*.*;local0.none', NOTICE, true], ['local1.warning', NOTICE, false], ['local1.info', NOTICE, true], ['local0,local1.!info;local0.debug', FLOW, true],
  ])('%s on priority %i: %s', (selector, priority, isSelected) => {
    expect(parseSelector(selector)(priority)).toBe(isSelected);
  });

  test.each([['<134>text', 134], ['<0>x', 0], ['text', null], ['<>x', null], ['<12345>x', null], ['', null]])('the priority of %j is %s', (line, priority) => {
    expect(priorityOf(line)).toBe(priority);
  });
});
