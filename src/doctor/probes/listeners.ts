import type { HalfOpen, ListenerFacts } from '../facts.ts';

/** `tcp LISTEN 0 511 0.0.0.0:80 0.0.0.0:*` a line (ss -Hlntu); `*` and `[::]` are every address, `%lo` an interface. */
export function readListeners(text: string): ListenerFacts[] {
  return text.split('\n').flatMap((line) => {
    const [protocol, , , , local = ''] = line.trim().split(/\s+/u);
    const end = readEnd(local);
    if ((protocol !== 'tcp' && protocol !== 'udp') || end === undefined) return [];
    return [{ protocol, ...end }];
  });
}

/** `0 0 10.0.0.1:80 203.0.113.9:40000` a line (ss -Hnt state syn-recv). */
export function readHalfOpen(text: string): HalfOpen[] {
  return text.split('\n').flatMap((line) => {
    const [, , local = '', peer = ''] = line.trim().split(/\s+/u);
    const ends = [readEnd(local), readEnd(peer)];
    return ends[0] === undefined || ends[1] === undefined ? [] : [{ local: ends[0], peer: ends[1] }];
  });
}

function readEnd(text: string): { address: string; port: number } | undefined {
  const colon = text.lastIndexOf(':');
  const port = Number(text.slice(colon + 1));
  if (colon < 0 || !Number.isInteger(port)) return undefined;
  const address = text.slice(0, colon).replaceAll(/[[\]]|%.*|^::ffff:(?=\d+\.)/gu, '');
  return { address: address === '*' ? '::' : address, port };
}
