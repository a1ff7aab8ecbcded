import type { Command } from 'commander';

export interface CommandModule {
  /** Adds the command with its options to the program. */
  register(program: Command): void;
}

export interface CommandEntry {
  name: string;
  summary: string;
  /** Loads the code of the command: only the command that is called is ever read. */
  load(): Promise<CommandModule>;
}

/** The commands in the order of `weir help`. `weir ipvsadm` is none of them: its words are not for commander. */
export const COMMANDS: readonly CommandEntry[] = [
  { name: 'run', summary: 'run a director in the foreground', load: () => import('./run.ts') },
  { name: 'status', summary: 'what the director is doing', load: () => import('./status.ts') },
  { name: 'list', summary: 'virtual services and real servers', load: () => import('./list/list.ts') },
  { name: 'connections', summary: 'live connections, filtered', load: () => import('./connections/connections.ts') },
  { name: 'explain', summary: 'what would become of a packet, and why', load: () => import('./explain.ts') },
  {
    name: 'observe',
    summary: 'connections, drops and signals as they happen',
    load: () => import('./observe/observe.ts'),
  },
  { name: 'rule', summary: 'one change, in the words of saved rules', load: () => import('./rule.ts') },
  { name: 'mark', summary: 'marks for firewall-mark services', load: () => import('./mark.ts') },
  { name: 'set', summary: 'settings of the director (IPVS sysctls)', load: () => import('./set.ts') },
  { name: 'source', summary: 'source addresses of full NAT', load: () => import('./source.ts') },
  { name: 'vip', summary: 'VIPs that the director owns', load: () => import('./vip.ts') },
  { name: 'save', summary: 'save the rules, losing nothing', load: () => import('./save.ts') },
  { name: 'restore', summary: 'make the saved rules the rules in force', load: () => import('./restore.ts') },
  {
    name: 'capture',
    summary: 'packets on both sides of the director, next to each other',
    load: () => import('./capture/capture.ts'),
  },
  { name: 'realserver', summary: 'set up a real server', load: () => import('./setup/realserver.ts') },
  { name: 'decap', summary: 'unwrap tunnels on a real server', load: () => import('./setup/decap.ts') },
  { name: 'director', summary: 'set up the host of a director', load: () => import('./setup/director.ts') },
  { name: 'doctor', summary: 'find out why it does not work', load: () => import('./doctor/doctor.ts') },
  { name: 'trace', summary: 'follow one connection hop by hop', load: () => import('./trace/trace.ts') },
  { name: 'lab', summary: 'build a small network to try it in', load: () => import('./lab/lab.ts') },
];

export const IPVSADM_SUMMARY = 'the ipvsadm command, word for word';
