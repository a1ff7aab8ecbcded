import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ask, askJson, logTo, startDirector, temporaryFolder, webService } from '../../test/support/director.ts';
import { WeirError } from '../base/error.ts';
import type { Engine } from '../engine/engine.ts';
import { ModelEngine } from '../engine/model/engine.ts';
import { startDaemon, type DaemonOptions } from './daemon.ts';

async function optionsIn(folder: string): Promise<DaemonOptions> {
  const places = { socket: join(folder, 'weir.sock'), state: join(folder, 'state') };
  return { engine: 'model', hook: 'auto', connections: 1024, log: logTo([]), ...places };
}

/** An engine that notes how it was closed. */
function noting(engine: Engine): { engine: Engine; closed: { keep: boolean }[] } {
  const closed: { keep: boolean }[] = [];
  const close = async (how: { keep: boolean }) => void closed.push(how);
  return { engine: Object.assign(engine, { close }), closed };
}

test('requests that come before the engine is ready wait for it', async () => {
  const options = await optionsIn(await temporaryFolder());
  const gate = opening();
  const starting = startDaemon(options, async () => {
    await gate.opened;
    return new ModelEngine();
  });
  const asking = ask(options.socket, '/v1/table');
  const first = await Promise.race([asking, new Promise((resolve) => void setTimeout(resolve, 50, 'still waiting'))]);
  expect(first).toBe('still waiting');
  gate.open();
  expect((await asking).status).toBe(200);
  const daemon = await starting;
  onTestFinished(() => daemon.close({ keep: false }));
});

test('requests that wait for an engine that cannot be opened are told why', async () => {
  const options = await optionsIn(await temporaryFolder());
  const gate = opening();
  const starting = startDaemon(options, async () => {
    await gate.opened;
    throw new WeirError('HOOK_OCCUPIED', 'another program is on the hook');
  });
  const asking = ask(options.socket, '/v1/table');
  setTimeout(gate.open, 50);
  await expect(starting).rejects.toMatchObject({ code: 'HOOK_OCCUPIED' });
  expect(JSON.parse((await asking).text).error.code).toBe('HOOK_OCCUPIED');
  expect(existsSync(options.socket)).toBe(false);
});

test('a director that has just been killed keeps its socket and its tables for a moment: the next one waits for that', async () => {
  const options = await optionsIn(await temporaryFolder());
  const dying = createServer().listen(options.socket);
  await once(dying, 'listening');
  setTimeout(() => dying.close(), 200);
  let refusals = 3;
  const daemon = await startDaemon(options, async () => {
    if (refusals-- > 0) throw new WeirError('DAEMON_RUNNING', 'another director keeps its tables in the same folder');
    return new ModelEngine();
  });
  onTestFinished(() => daemon.close({ keep: false }));
  expect((await ask(options.socket, '/v1/table')).status).toBe(200);
});

test('a director that lives is waited for in vain, and goes on', async () => {
  const { socket } = await startDirector({});
  const options = { ...(await optionsIn(await temporaryFolder())), socket };
  await expect(startDaemon(options)).rejects.toMatchObject({ code: 'DAEMON_RUNNING', where: socket });
  expect((await ask(socket, '/v1/table')).status).toBe(200);
});

test('the engine is told the folder of the socket, where its pins belong', async () => {
  const options = await optionsIn(await temporaryFolder());
  let runFolder = '';
  const daemon = await startDaemon(options, async (_kind, given) => {
    runFolder = given.runFolder;
    return new ModelEngine();
  });
  await daemon.close({ keep: false });
  expect(join(runFolder, 'weir.sock')).toBe(options.socket);
});

test('closing waits for the change under way, and tells the engine whether to keep forwarding', async () => {
  const gate = opening();
  const model = new ModelEngine();
  const commit = model.commit.bind(model);
  const { engine, closed } = noting(
    Object.assign(model, {
      commit: async (...change: Parameters<Engine['commit']>) => {
        await gate.opened;
        return await commit(...change);
      },
    }),
  );
  const { daemon, socket } = await startDirector({ engine });
  const changing = askJson(socket, 'POST', '/v1/transaction', {
    operations: [{ do: 'add-service', service: webService() }],
  });
  // A read that is answered shows that the request before it has arrived.
  await ask(socket, '/v1/table');
  const closing = daemon.close({ keep: true });
  expect(closed).toEqual([]);
  gate.open();
  expect((await changing).status).toBe(200);
  await closing;
  expect(closed).toEqual([{ keep: true }]);
});

test('a start that fails after the engine was opened closes it without leaving anything', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'state'));
  await writeFile(join(folder, 'state', 'rules.ipvs'), 'nonsense\n');
  const { engine, closed } = noting(new ModelEngine());
  const starting = startDaemon(await optionsIn(folder), async () => engine);
  await expect(starting).rejects.toMatchObject({ code: 'RULES_INVALID' });
  expect(closed).toEqual([{ keep: false }]);
});

test('a table that outlived its process is not replaced by saved rules', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'state'));
  await writeFile(join(folder, 'state', 'rules.ipvs'), '-A -t 10.9.9.9:80 -s rr\n');
  const engine = new ModelEngine();
  await engine.commit([{ do: 'add-service', service: webService() }]);
  const { socket } = await startDirector({ folder, engine });
  expect(JSON.parse((await ask(socket, '/v1/table')).text)).toMatchObject({ version: 1, services: [webService()] });
});

test('nor is one whose rules were all deleted: they do not come back', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'state'));
  await writeFile(join(folder, 'state', 'rules.ipvs'), '-A -t 10.9.9.9:80 -s rr\n');
  const engine = new ModelEngine();
  await engine.commit([{ do: 'add-service', service: webService() }]);
  await engine.commit([{ do: 'delete-service', match: webService().match }]);
  const { socket } = await startDirector({ folder, engine });
  expect(JSON.parse((await ask(socket, '/v1/table')).text)).toMatchObject({ version: 2, services: [] });
});

function opening(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
