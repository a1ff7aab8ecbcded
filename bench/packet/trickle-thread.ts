import { parentPort, workerData } from 'node:worker_threads';
import { PacketSocket } from '../../src/kernel/packet-socket.ts';
import { visitNamespace } from '../../src/kernel/visit-namespace.ts';
import type { TrickleOrder } from './trickle.ts';

const INTERVAL = 1;

const { namespace, frames }: TrickleOrder = workerData;
const socket = await visitNamespace(namespace, () => new PacketSocket('eth0'));
for (const frame of frames) socket.send(frame);
parentPort?.postMessage('started', []);
const last = frames.at(-1);
setInterval(() => {
  if (last !== undefined) socket.send(last);
}, INTERVAL);
