import { createSocket, type Socket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';
import { isSystemError } from '../base/error.ts';
import { familyOf } from '../lvs/service.ts';

/**
 * A program: `node udp-echo.js NAME PORT ADDRESS...` answers every datagram with the name, a blank and the datagram.
 * It has a socket for each address, so that an answer leaves with the address that was asked: under direct routing that is
 * the VIP, while a socket for all addresses would answer with the address of the NIC.
 */
const [name = '', port = '', ...addresses] = process.argv.slice(2);
const prefix = Buffer.from(`${name} `);

const first = await Promise.all(addresses.map(listen));
console.log('listening');
await Promise.all(addresses.filter((_, index) => !first[index]).map(listenOnceItIsThere));

/** Addresses that an operator has yet to add (the VIP on lo) are tried again. */
async function listenOnceItIsThere(address: string): Promise<void> {
  do await sleep(100);
  while (!(await listen(address)));
}

/** False if this host does not have the address. */
async function listen(address: string): Promise<boolean> {
  const socket = createSocket({ type: familyOf(address) === 'inet' ? 'udp4' : 'udp6' });
  socket.on('message', (datagram, client) => {
    socket.send(Buffer.concat([prefix, datagram]), client.port, client.address);
  });
  try {
    await bind(socket, address);
  } catch (error) {
    socket.close();
    if (isSystemError(error) && error.code === 'EADDRNOTAVAIL') return false;
    throw error;
  }
  socket.on('error', (error) => console.error(error.message));
  return true;
}

function bind(socket: Socket, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(Number(port), address, () => {
      socket.off('error', reject);
      resolve();
    });
  });
}
