import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { startDaemon, type Daemon } from '../../src/daemon/daemon.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { ModelEngine } from '../../src/engine/model/engine.ts';
import type { EngineLog } from '../../src/engine/options.ts';
import type { ServiceMatch } from '../../src/lvs/service.ts';
import { DIRECT_TUNNEL, type Destination, type Service } from '../../src/lvs/service.ts';
import { CONTEXT } from './arbitrary-table.ts';

export const WEB: ServiceMatch = { protocol: 'tcp', address: '10.1.1.21', port: 80 };

export function webService(scheduler = 'rr'): Service {
  return { match: WEB, scheduler, schedulerFlags: 0, onePacket: false };
}

export function webServer(address: string, weight = 1): Destination {
  return {
    address,
    port: 80,
    method: 'masquerade',
    weight,
    upperThreshold: 0,
    lowerThreshold: 0,
    tunnel: DIRECT_TUNNEL,
  };
}

/** A folder that is gone when the test has ended. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface TestDirector {
  folder: string;
  socket: string;
  engine: Engine;
  log: LogLine[];
  daemon: Daemon;
}

export interface LogLine {
  level: keyof EngineLog;
  facts: object;
  message: string;
}

/** A real director over the specification, in this process, with its socket and its state in a folder of its own. */
export async function startDirector({
  folder,
  engine,
}: { folder?: string; engine?: Engine } = {}): Promise<TestDirector> {
  const home = folder ?? (await temporaryFolder());
  const opened = engine ?? new ModelEngine({ context: CONTEXT });
  const socket = join(home, 'run', 'weir.sock');
  const log: LogLine[] = [];
  const options = {
    engine: 'model',
    hook: 'auto',
    connections: 1024,
    socket,
    state: join(home, 'state'),
    log: logTo(log),
  } as const;
  const daemon = await startDaemon(options, async () => opened);
  onTestFinished(() => daemon.close({ keep: false }));
  return { folder: home, socket, engine: opened, log, daemon };
}

/** A log into a list. */
export function logTo(lines: LogLine[]): EngineLog {
  const at = (level: keyof EngineLog) => (facts: object, message: string) => void lines.push({ level, facts, message });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

export interface Answer {
  status: number;
  type: string | undefined;
  text: string;
}

export interface RawRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

/** One plain HTTP request over the socket, as any program could send it. */
export async function ask(
  socketPath: string,
  path: string,
  { method = 'GET', headers, body }: RawRequest = {},
): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, path, method, headers, agent: false });
    outgoing.once('response', (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk: string) => (text += chunk));
      incoming.once('end', () =>
        resolve({ status: incoming.statusCode ?? 0, type: incoming.headers['content-type'], text }),
      );
      incoming.once('error', reject);
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

/** A request with a JSON body. */
export async function askJson(socket: string, method: string, path: string, body: unknown): Promise<Answer> {
  return await ask(socket, path, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}
