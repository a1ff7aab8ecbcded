import type { ListenerFacts } from '../facts.ts';

/** `tcp LISTEN 0 511 0.0.0.0:80 0.0.0.0:*` a line (ss -Hlntu); `*` and `[::]` are every address, `%lo` an interface. */
export function readListeners(text: string): ListenerFacts[] {
  return text.split('\n').flatMap((line) => {
    const [protocol, , , , local = ''] = line.trim().split(/\s+/u);
    const colon = local.lastIndexOf(':');
    const port = Number(local.slice(colon + 1));
    if ((protocol !== 'tcp' && protocol !== 'udp') || !Number.isInteger(port)) return [];
    const address = local.slice(0, colon).replaceAll(/[[\]]|%.*/gu, '');
    return [{ protocol, address: address === '*' ? '::' : address, port }];
  });
}
