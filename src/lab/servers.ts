import { mkdirSync, writeFileSync } from 'node:fs';
import { WeirError } from '../base/error.ts';
import { insideNamespace } from '../kernel/namespace.ts';
import { DIST_FOLDER } from '../kernel/package.ts';
import { run, start } from '../kernel/process.ts';
import { familyOf } from '../lvs/service.ts';
import { hostFolder, type LabRecord } from './registry.ts';
import { addressesOf, type Server } from './topology.ts';
import { waitForLog } from './wait.ts';

/** Starts a server program of a host and returns when it takes requests. */
export async function startServer(record: LabRecord, host: string, server: Server): Promise<void> {
  await STARTERS[server.kind](record, host, server.port);
}

const STARTERS: Record<Server['kind'], (record: LabRecord, host: string, port: number) => Promise<void>> = {
  web: startWebServer,
  'udp-echo': startUdpEcho,
};

/** The files that a web server offers; `/` answers with its name. */
export function webFolder(id: string, host: string): string {
  return `${hostFolder(id, host)}/www`;
}

/** One line a request: client address and port, server address, request, status, bytes. */
export function accessLog(id: string, host: string): string {
  return `${hostFolder(id, host)}/access.log`;
}

async function startWebServer(record: LabRecord, host: string, port: number): Promise<void> {
  const folder = hostFolder(record.id, host);
  mkdirSync(webFolder(record.id, host), { recursive: true });
  const file = `${folder}/nginx-${port}.conf`;
  writeFileSync(file, nginxConfiguration(record, host, port));
  // nginx returns when it listens, and goes on in the background.
  const argv = ['nginx', '-p', folder, '-e', `${folder}/error.log`, '-c', file];
  const { code, stderr } = await run(insideNamespace(record.namespaces[host]!, argv));
  if (code === 0) return;
  throw new WeirError('LAB_FAILED', `nginx did not start on ${host}`, { found: stderr.trim(), where: file });
}

function nginxConfiguration({ id, topology }: LabRecord, host: string, port: number): string {
  const folder = hostFolder(id, host);
  const ipv6 = addressesOf(topology.hosts[host]!).some((address) => familyOf(address) === 'inet6');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
user root;
worker_processes 1;
pid ${folder}/nginx-${port}.pid;
events {
  worker_connections 8192;
}
http {
  log_format lab '$remote_addr:$remote_port $server_addr "$request" $status $body_bytes_sent';
  access_log ${folder}/access.log lab;
${temporary.map((name) => `  ${name}_temp_path ${folder}/${name};`).join('\n')}
  default_type text/plain;
  sendfile on;
  keepalive_requests 1000000;
  server {
    listen ${port} backlog=4096;
${ipv6 ? `    listen [::]:${port} backlog=4096;\n` : ''}    location = / {
      return 200 "${host}\\n";
    }
    location / {
      root ${folder}/www;
    }
  }
}
`.trimStart();
}

async function startUdpEcho(record: LabRecord, host: string, port: number): Promise<void> {
  const log = `${hostFolder(record.id, host)}/udp-echo-${port}.log`;
  const addresses = addressesOf(record.topology.hosts[host]!);
  const argv = [process.execPath, `${DIST_FOLDER}/lab/udp-echo.js`, host, String(port), ...addresses];
  const program = await start(insideNamespace(record.namespaces[host]!, argv), {
    log,
    cwd: hostFolder(record.id, host),
  });
  await waitForLog(program, log, 'listening', `the UDP echo server on ${host}`);
}
