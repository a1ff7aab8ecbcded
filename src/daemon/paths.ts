import { join } from 'node:path';

export const DEFAULT_SOCKET = '/run/weir/weir.sock';
export const DEFAULT_STATE_FOLDER = '/var/lib/weir';

/** Path of the socket that clients use: `$WEIR_SOCKET`, else the default. */
export function defaultSocketPath(environment: NodeJS.ProcessEnv = process.env): string {
  const path = environment['WEIR_SOCKET'];
  return path === undefined || path === '' ? DEFAULT_SOCKET : path;
}

/** The state folder: `$WEIR_STATE`, else the default. */
export function defaultStateFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const folder = environment['WEIR_STATE'];
  return folder === undefined || folder === '' ? DEFAULT_STATE_FOLDER : folder;
}

/** The saved rules in a state folder. */
export function rulesPath(stateFolder: string): string {
  return join(stateFolder, 'rules.ipvs');
}
