import { writeFileSync } from 'node:fs';
import { startListening } from '../programs.ts';
import { ADDRESS, PORT, type Trio } from '../trio.ts';

/** Starts the real server's programs: nginx and iperf3, the same for every candidate. */
export async function startServers({ server, folder }: Trio): Promise<void> {
  const file = `${folder}/nginx.conf`;
  writeFileSync(file, nginxConfiguration(folder));
  const nginx = ['nginx', '-p', folder, '-e', `${folder}/nginx.log`, '-c', file];
  await startListening(server, nginx, `${folder}/nginx.log`, [PORT.web]);
  await startListening(server, ['iperf3', '--server', '--bind', ADDRESS.rip], `${folder}/iperf3.log`, [PORT.iperf3]);
}

function nginxConfiguration(folder: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
user root;
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
events {
  worker_connections 16384;
}
http {
  access_log off;
${temporary.map((name) => `  ${name}_temp_path ${folder}/${name};`).join('\n')}
  default_type text/plain;
  keepalive_requests 100000000;
  server {
    listen ${PORT.web} backlog=65535;
    location / {
      return 200 "weir\\n";
    }
  }
}
`.trimStart();
}
