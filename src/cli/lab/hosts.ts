import { WeirError } from '../../base/error.ts';
import { findTool } from '../../kernel/tools.ts';
import { Lab, openLab } from '../../lab/lab.ts';
import { requireRoot } from '../../lab/platform.ts';
import { readLabs } from '../../lab/registry.ts';

/** `weir lab exec HOST [--] CMD...`: the exit code is the command's. */
export async function exec(name: string, command: readonly string[]): Promise<void> {
  requireRoot('hosts of a lab are network namespaces, which only root can enter');
  const { lab, host } = findHost(name);
  const argv = command[0] === '--' ? command.slice(1) : command;
  if (argv.length === 0) throw new WeirError('USAGE', 'there is no command after --', { expected: 'HOST -- CMD...' });
  process.exitCode = await lab.attach(host, argv);
}

/** `weir lab shell HOST`: a shell whose prompt is the host's name. */
export async function shell(name: string): Promise<void> {
  requireRoot('hosts of a lab are network namespaces, which only root can enter');
  const { lab, host } = findHost(name);
  const bash = findTool('bash') !== undefined;
  const argv = bash ? ['bash', '--noprofile', '--norc'] : ['sh'];
  process.stderr.write(`${host} of lab ${lab.id}: ${addresses(lab, host)}. \`exit\` leaves.\n`);
  process.exitCode = await lab.attach(host, argv, { PS1: `${host}# ` });
}

/**
 * Finds a host by `HOST`, or `LAB/HOST` where several labs have it.
 * @throws WeirError LAB_UNKNOWN with the hosts there are
 */
export function findHost(name: string): { lab: Lab; host: string } {
  const slash = name.indexOf('/');
  const host = name.slice(slash + 1);
  const candidates = slash < 0 ? readLabs().map((record) => new Lab(record)) : [openLab(name.slice(0, slash))];
  if (candidates.length === 0) openLab();
  const [lab, ...others] = candidates.filter(({ topology }) => Object.hasOwn(topology.hosts, host));
  if (lab !== undefined && others.length === 0) return { lab, host };
  const names = (lab === undefined ? candidates : [lab, ...others]).flatMap(({ id, topology }) =>
    Object.keys(topology.hosts)
      .filter((other) => lab === undefined || other === host)
      .map((other) => (candidates.length === 1 ? other : `${id}/${other}`)),
  );
  const message = lab === undefined ? `there is no host ${JSON.stringify(host)}` : `several labs have a host ${host}`;
  throw new WeirError('LAB_UNKNOWN', message, { expected: `one of ${names.join(', ')}` });
}

function addresses({ topology }: Lab, host: string): string {
  const nics = Object.entries(topology.hosts[host]?.nics ?? {});
  return nics.map(([nic, { addresses: own }]) => `${nic} ${own.join(' ')}`).join(', ');
}
