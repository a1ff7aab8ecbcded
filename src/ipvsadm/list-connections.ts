import type { Connection } from '../lvs/live-connection.ts';
import type { Draft } from './draft.ts';
import { writeNumeric, writerWithNames } from './endpoint-text.ts';
import type { IpvsadmHost } from './host.ts';
import { connectionEndpoints, connectionHeading, connectionLine } from './layout/connections.ts';

/** Connections that are printed, and have their names looked up, at a time: there may be millions. */
const BATCH = 1000;

/** Prints the live connections in the order in which they come. */
export async function listConnections({ options }: Draft, host: IpvsadmHost): Promise<void> {
  const engines = options.has('persistent-conn');
  const print = async (batch: readonly Connection[]): Promise<void> => {
    const write = options.has('numeric')
      ? writeNumeric
      : await writerWithNames(batch.flatMap(connectionEndpoints), host.names);
    host.stdout(batch.map((connection) => `${connectionLine(connection, write, engines)}\n`).join(''));
  };
  let titled = false;
  const title = (): void => {
    if (!titled) host.stdout(`${connectionHeading(engines)}\n`);
    titled = true;
  };
  let batch: Connection[] = [];
  for await (const connection of host.director.connections()) {
    title();
    batch.push(connection);
    if (batch.length < BATCH) continue;
    await print(batch);
    batch = [];
  }
  title();
  if (batch.length > 0) await print(batch);
}
