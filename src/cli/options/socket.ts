import { Option } from 'commander';
import { defaultSocketPath } from '../../daemon/paths.ts';

export interface SocketOptions {
  socket: string;
}

/** `--socket PATH`, the same for every command that asks a director. */
export function socketOption(): Option {
  return new Option('--socket <path>', 'Unix socket of the director ($WEIR_SOCKET)').default(defaultSocketPath());
}
