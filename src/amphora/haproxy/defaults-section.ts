import type { HaproxyConfigWriter } from './config-writer.ts';
import type { RenderContext } from './render-context.ts';

/** Settings of all proxies. */
export function writeDefaults(writer: HaproxyConfigWriter, context: RenderContext): void {
  const section = writer.section('defaults');
  if (context.options.connectionLogging) section.add('log', 'global');
  else section.add('no', 'log');
  section.add('retries', 3);
  section.add('option', 'redispatch');
  // Splicing pays for long bodies only and costs pipes, two more descriptors a connection; short ones get slower.
  if (context.facts.isOurs) {
    // A new connection to a member carries its request in the packet that ends the handshake: 7 % less work.
    section.add('option', 'tcp-smart-connect');
  } else {
    section.add('option', 'splice-request');
    section.add('option', 'splice-response');
  }
  section.add('option', 'http-keep-alive');
}
