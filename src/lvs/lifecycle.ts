import { EXTENSION, newConnection, type LiveConnection, type NewConnection } from './connection.ts';
import type { State } from './state.ts';
import { updateOverload } from './threshold.ts';

/**
 * Makes a connection or template, counts it at its destination and starts its timer.
 * @returns undefined if the table is full
 */
export function openConnection(state: State, given: NewConnection): LiveConnection | undefined {
  if (given.template !== true && state.connections.used >= state.capacity) {
    state.fullAt = state.now;
    return undefined;
  }
  const connection = newConnection(given);
  connection.expiresAt = state.now + connection.timeout;
  const { destination } = connection;
  if (destination !== undefined) {
    if (connection.template) destination.persistent++;
    else destination.inactive++;
    updateOverload(destination);
  }
  state.connections.add(connection);
  state.observer?.opened(connection);
  return connection;
}

/** Starts the timer of a connection again, as every packet of it does. */
export function touch(state: State, connection: LiveConnection): void {
  const earlier = state.now + connection.timeout < connection.expiresAt;
  connection.expiresAt = state.now + connection.timeout;
  if (earlier) state.connections.reschedule(connection);
}

/** Lets a connection count with its template, which then lives as long as it does. */
export function control(connection: LiveConnection, template: LiveConnection): void {
  connection.control = template;
  template.controlled++;
}

/**
 * Ends everything whose time is over. A template that still controls connections is extended instead.
 * @param now not before `state.now`, which moves along
 */
export function expireUntil(state: State, now: number): void {
  for (;;) {
    const connection = state.connections.due(now);
    if (connection === undefined) return;
    state.now = Math.max(state.now, connection.expiresAt);
    if (connection.controlled > 0) {
      connection.timeout = EXTENSION;
      connection.expiresAt = state.now + EXTENSION;
      state.connections.reschedule(connection);
    } else {
      closeConnection(state, connection);
    }
  }
}

/**
 * Ends a connection now. Its template is told, and ends too if it was made for nothing: not assured and not used by others.
 * @param dropped the connection did not come to its end by itself
 */
export function closeConnection(state: State, connection: LiveConnection, dropped = false): void {
  takeOut(state, connection, dropped);
  uncount(connection);
  state.observer?.closed(connection, dropped);
}

/** Ends a connection whose place a new one takes: its real server has it until `uncount` (ip_vs_conn_expire_now). */
export function replaceConnection(state: State, connection: LiveConnection): void {
  takeOut(state, connection, false);
  state.observer?.closed(connection, false);
}

function takeOut(state: State, connection: LiveConnection, dropped: boolean): void {
  state.connections.remove(connection);
  const template = connection.control;
  if (template !== undefined) {
    connection.control = undefined;
    template.controlled--;
    if (dropped && template.controlled === 0 && template.state !== 'ASSURED') closeConnection(state, template);
  }
}

/** Counts a connection as active or not. */
export function setActive(connection: LiveConnection, active: boolean): void {
  const { destination } = connection;
  if (connection.active === active) return;
  connection.active = active;
  if (destination === undefined) return;
  destination.active += active ? 1 : -1;
  destination.inactive += active ? -1 : 1;
}

/** Its real server has it no more. */
export function uncount(connection: LiveConnection): void {
  const { destination } = connection;
  if (destination === undefined) return;
  if (connection.template) destination.persistent--;
  else if (connection.active) destination.active--;
  else destination.inactive--;
  updateOverload(destination);
}
