import { writeFileSync } from 'node:fs';
import { startListening } from '../../programs.ts';
import { ADDRESS, PORT } from '../../trio.ts';
import type { Candidate } from './candidate.ts';

const listener = (port: number): string => `
listen port-${port}
  bind ${ADDRESS.vip}:${port} backlog 65535
  server rs1 ${ADDRESS.rip}:${port}
`;

const CONFIGURATION = `
global
  nbthread 2
  maxconn 4096

defaults
  mode tcp
  maxconn 4096
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  option splice-auto
${Object.values(PORT).map(listener).join('')}`.trimStart();

export const haproxy: Candidate = {
  name: 'haproxy',
  title: 'HAProxy, mode tcp',
  setup: '2 threads, no logging, `option splice-auto`, `maxconn 4096`',
  address: ADDRESS.vip,
  tools: ['haproxy'],
  nativeXdp: false,
  async start({ director, folder }) {
    const file = `${folder}/haproxy.cfg`;
    writeFileSync(file, CONFIGURATION);
    await startListening(director, ['haproxy', '-db', '-f', file], `${folder}/haproxy.log`, Object.values(PORT));
  },
};
