// A TCP endpoint that does what it is told, a line at a time, on standard input, and says what it sees on standard output.
//   listen PORT        -> listening, then accepted with each connection (the newest is the one that is spoken to)
//   connect HOST PORT  -> connected, or error CODE
//   send TEXT | end (sends FIN, goes on reading) | reset
// Seen: data TEXT, end (the other side's FIN), error CODE, closed
import { createConnection, createServer } from 'node:net';
import { createInterface } from 'node:readline';

let socket;
const say = (text) => process.stdout.write(`${text}\n`);

function take(connection) {
  socket = connection;
  socket.on('data', (data) => say(`data ${data}`));
  socket.on('end', () => say('end'));
  socket.on('error', (error) => say(`error ${error.code}`));
  socket.on('close', () => say('closed'));
}

const commands = {
  listen: (port) => {
    const server = createServer({ allowHalfOpen: true }, (connection) => {
      take(connection);
      say('accepted');
    });
    server.listen(Number(port), '0.0.0.0', () => say('listening'));
  },
  connect: (host, port) =>
    take(createConnection({ host, port: Number(port), allowHalfOpen: true }, () => say('connected'))),
  send: (text) => socket.write(text),
  end: () => socket.end(),
  reset: () => socket.resetAndDestroy(),
};

for await (const line of createInterface({ input: process.stdin })) {
  const [name, ...words] = line.split(' ');
  commands[name](...words);
}
