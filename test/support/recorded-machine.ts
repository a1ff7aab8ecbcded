import { spawn, type ChildProcess, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  addNamespaces,
  deleteNamespaces,
  insideNamespace,
  ipBatch,
  namespacePath,
} from '../../src/kernel/namespace.ts';
import { HOSTS, type Played, SERVICES, SURROUNDINGS, type CliStep } from './golden-cli.ts';
import { launch } from './weir.ts';

const REPOSITORY = resolve(import.meta.dirname, '../..');
const NOBODY = '65534';

/** Files of the machine that are covered while a command runs, so that only the recorded names are known. */
const COVERED: Readonly<Record<string, string>> = {
  hosts: HOSTS,
  services: SERVICES,
  'nsswitch.conf': 'hosts: files\nservices: files\n',
  'resolv.conf': '',
};

/**
 * The machine on which ipvsadm was recorded, as far as its commands can see it: interfaces in a network namespace, names in a
 * mount namespace, and the built program with model directors to talk to.
 */
export class RecordedMachine {
  readonly #namespace: string;
  readonly #folder: string;
  readonly #mounts: ChildProcess;
  readonly #directors: ChildProcess[] = [];

  private constructor(namespace: string, folder: string, mounts: ChildProcess) {
    this.#namespace = namespace;
    this.#folder = folder;
    this.#mounts = mounts;
  }

  /**
   * @param id part of the names of everything that is made
   * @param files what files of /etc hold, where not what they held on the recorded machine
   */
  static async start(id: string, files: Readonly<Record<string, string>> = {}): Promise<RecordedMachine> {
    const namespace = `weir-${id}`;
    const folder = await mkdtemp(join(tmpdir(), `${namespace}-`));
    await addNamespaces([namespace]);
    await ipBatch(interfaceLines(), namespace);
    installCopy(join(folder, 'copy'));
    // Everybody may look for the socket; what nobody may do is decided by the socket's own mode.
    chmodSync(folder, 0o755);
    return new RecordedMachine(namespace, folder, await startMounts(folder, { ...COVERED, ...files }));
  }

  /** Starts a director. @returns the path of its socket */
  async addDirector(): Promise<string> {
    const folder = join(this.#folder, `director-${this.#directors.length}`);
    const socket = join(folder, 'weir.sock');
    const words = ['run', '--engine', 'model', '--state', join(folder, 'state')];
    const director = launch(words, { socket, within: insideNamespace(this.#namespace, []) });
    this.#directors.push(director);
    let log = '';
    for await (const chunk of director.stdout ?? []) {
      log += String(chunk);
      if (log.includes('the director is ready')) return socket;
    }
    throw new Error(`the director has ended: ${log}`);
  }

  /** Runs the program of a step. */
  async play({ argv: [program, ...words], stdin = '', as }: CliStep, socket: string): Promise<Played> {
    const user = as === undefined ? [] : ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--'];
    const argv = [...user, process.execPath, join(this.#folder, 'copy/bin', program), ...words];
    const child = this.spawn(argv, { ...process.env, WEIR_SOCKET: socket });
    child.stdin.on('error', () => undefined).end(stdin);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    await once(child, 'close');
    return { stdout, stderr, exit: child.exitCode ?? -1 };
  }

  /** Starts any program on the machine. */
  spawn(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): ChildProcessWithoutNullStreams {
    const namespaces = [`--net=${namespacePath(this.#namespace)}`, `--mount=/proc/${this.#mounts.pid}/ns/mnt`];
    return spawn('nsenter', [...namespaces, '--', ...argv], { stdio: 'pipe', env });
  }

  async stop(): Promise<void> {
    for (const child of [...this.#directors, this.#mounts]) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'close');
    }
    await deleteNamespaces([this.#namespace]);
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function interfaceLines(): string[] {
  return Object.entries(SURROUNDINGS.interfaces).flatMap(([name, { addresses }]) =>
    name === 'lo'
      ? ['link set lo up']
      : [
          `link add ${name} type veth peer name peer-${name}`,
          `link set peer-${name} up`,
          `link set ${name} up`,
          ...addresses.map((address) => `addr add ${address} dev ${name}${address.includes(':') ? ' nodad' : ''}`),
        ],
  );
}

/** A copy of the built program: everybody may read it, and it stays as it is while somebody builds anew. */
function installCopy(folder: string): void {
  for (const part of ['bin', 'dist', 'package.json']) {
    if (!existsSync(join(REPOSITORY, part))) throw new Error('these tests run the built program: npm run build');
    cpSync(join(REPOSITORY, part), join(folder, part), { recursive: true });
  }
}

/** Keeps a mount namespace in which the files of names are covered. */
async function startMounts(folder: string, covered: Readonly<Record<string, string>>): Promise<ChildProcess> {
  const files = join(folder, 'etc');
  mkdirSync(files);
  const lines = ['set -e'];
  for (const [name, text] of Object.entries(covered)) {
    writeFileSync(join(files, name), text);
    lines.push(`test ! -e /etc/${name} || mount --bind ${join(files, name)} /etc/${name}`);
  }
  const script = [...lines, 'echo covered', 'exec cat'].join('\n');
  const child = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', script], { stdio: 'pipe' });
  for await (const chunk of child.stdout) if (String(chunk).includes('covered')) return child;
  throw new Error('the files of names could not be covered');
}
