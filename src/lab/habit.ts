import { createSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import { familyOf } from '../lvs/service.ts';
import type { HabitSpec } from '../sim/spec.ts';

/** A program: `node habit.js HABIT`, a HabitSpec as JSON, does the same again and again, whatever comes of it. */
const habit: HabitSpec = JSON.parse(process.argv[2] ?? '');

/** Milliseconds that it waits for an answer. */
const PATIENCE = 5_000;
const REQUEST = 'GET / HTTP/1.0\r\n\r\n';

/** The port that datagrams come from. */
const SOURCE_PORT = 4000;

function open({ to, from }: HabitSpec): Socket {
  const socket = connect({ host: to.address, port: to.port, ...(from === undefined ? {} : { localAddress: from }) });
  socket.on('error', () => socket.destroy());
  socket.resume();
  return socket;
}

const DEEDS: Record<HabitSpec['kind'], () => () => void> = {
  asks: () => () => {
    const socket = open(habit).setTimeout(PATIENCE, () => socket.destroy());
    socket.on('connect', () => socket.write(REQUEST));
  },
  idles: () => () => {
    const socket = open(habit);
    setTimeout(() => socket.end(REQUEST), (habit.silent ?? 60) * 1000);
  },
  datagrams: () => {
    const { to, from } = habit;
    const socket = createSocket(familyOf(to.address) === 'inet' ? 'udp4' : 'udp6');
    socket.on('error', (error) => console.error(error.message));
    socket.bind(SOURCE_PORT, from);
    return () => socket.send('x', to.port, to.address, () => undefined);
  },
};

const deed = DEEDS[habit.kind]();
deed();
setInterval(deed, habit.every);
