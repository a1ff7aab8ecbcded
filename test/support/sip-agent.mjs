// A SIP endpoint of sorts: it does what it is told, a line at a time, on standard input, and says what it sees on standard output.
//   serve NAME PORT               -> serving; answers every message, in the name of NAME and with the same Call-ID
//   call HOST PORT CALL-ID        sends a message from where it serves
//   wait PORT                     -> waiting
//   ask PORT HOST PORT CALL-ID [BYTES]   sends a message from the first port, made longer by so many bytes
// Seen: got CALL-ID (a server), answer NAME CALL-ID from ADDRESS:PORT, called CALL-ID from ADDRESS:PORT
import { createSocket } from 'node:dgram';
import { createInterface } from 'node:readline';

const say = (text) => process.stdout.write(`${text}\n`);
const callIdOf = (message) => /^Call-ID: (.*)\r$/m.exec(message)?.[1];
const message = (first, callId, padding = 0) =>
  `${first}\r\nX: ${'x'.repeat(padding)}\r\n${callId === undefined ? '' : `Call-ID: ${callId}\r\n`}\r\n`;

let server;

function listen(port) {
  const socket = createSocket('udp4');
  socket.on('message', (data, { address, port: from }) => {
    const name = /^SIP\/2.0 200 (.*)\r$/m.exec(data)?.[1];
    say(`${name === undefined ? 'called' : `answer ${name}`} ${callIdOf(data)} from ${address}:${from}`);
  });
  return new Promise((resolve) => socket.bind(port, () => resolve(socket)));
}

const commands = {
  serve: (name, port) => {
    server = createSocket('udp4');
    server.on('message', (data, { address, port: from }) => {
      say(`got ${callIdOf(data)}`);
      server.send(message(`SIP/2.0 200 ${name}`, callIdOf(data)), from, address);
    });
    server.bind(Number(port), () => say('serving'));
  },
  call: (host, port, callId) => server.send(message('INVITE sip:a@b SIP/2.0', callId), Number(port), host),
  wait: async (port) => {
    await listen(Number(port));
    say('waiting');
  },
  ask: async (from, host, port, callId, padding) => {
    const socket = await listen(Number(from));
    socket.send(message('INVITE sip:a@b SIP/2.0', callId, Number(padding ?? 0)), Number(port), host);
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const [name, ...words] = line.split(' ');
  await commands[name](...words);
}
process.exit();
