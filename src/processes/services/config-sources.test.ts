import { describe, expect, it } from 'vitest';
import { configSources } from './config-sources.ts';

const none = { configFile: [], configDir: [] };
const among = (...paths: string[]) => (path: string) => paths.includes(path);

describe('where the configuration is read from', () => {
  it('what the command line names is all that is read', () => {
    expect(configSources('octavia-api', { configFile: ['/a.conf'], configDir: ['/d'] }, () => true, '/root')).toEqual({ files: ['/a.conf'], dirs: ['/d'] });
  });

  it.each([
    { there: ['/etc/octavia/octavia.conf'], files: ['/etc/octavia/octavia.conf'] },
    { there: ['/etc/octavia/octavia.conf', '/root/.octavia/octavia.conf'], files: ['/root/.octavia/octavia.conf'] },
    { there: ['/etc/octavia/octavia.conf', '/etc/octavia/octavia-api.conf'], files: ['/etc/octavia/octavia.conf', '/etc/octavia/octavia-api.conf'] },
    { there: [], files: [] },
  ])('otherwise the usual places are searched: $there', ({ there, files }) => {
    expect(configSources('octavia-api', none, among(...there), '/root').files).toEqual(files);
  });

  it('directories of pieces are found the same way', () => {
    expect(configSources('octavia-worker', none, among('/etc/octavia/octavia-worker.conf.d'), '/root').dirs).toEqual(['/etc/octavia/octavia-worker.conf.d']);
  });
});
