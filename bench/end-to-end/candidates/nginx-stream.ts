import { writeFileSync } from 'node:fs';
import { startListening } from '../../programs.ts';
import { toolPath } from '../../tools.ts';
import { ADDRESS, PORT } from '../../trio.ts';
import type { Candidate } from './candidate.ts';

const listener = (port: number): string => `
  server {
    listen ${ADDRESS.vip}:${port} reuseport backlog=65535;
    proxy_pass ${ADDRESS.rip}:${port};
  }`;

const configuration = (folder: string, module: string): string => `
user root;
daemon off;
worker_processes 2;
load_module ${module};
pid ${folder}/stream.pid;
events {
  worker_connections 16384;
}
stream {
  access_log off;
  proxy_buffer_size 64k;
${Object.values(PORT).map(listener).join('')}
}
`;

export const nginxStream: Candidate = {
  name: 'nginx-stream',
  title: 'nginx, stream',
  setup: '2 workers, `reuseport`, no logging, `proxy_buffer_size 64k`',
  address: ADDRESS.vip,
  tools: ['nginx stream module'],
  nativeXdp: false,
  async start({ director, folder }) {
    const file = `${folder}/stream.conf`;
    writeFileSync(file, configuration(folder, toolPath('nginx stream module') ?? ''));
    const argv = ['nginx', '-p', folder, '-e', `${folder}/stream.log`, '-c', file];
    await startListening(director, argv, `${folder}/stream.log`, Object.values(PORT));
  },
};
