import type { Draft } from './draft.ts';
import { COMMANDS, OPTIONS, TUNNEL_OPTIONS, TUNNELS, type CommandRule, type OptionName } from './options.ts';
import { EXIT, Refusal } from './refusal.ts';

/**
 * Checks what ipvsadm checks when it has read the whole command line, in its order: the options against the command, then
 * what a service or a server must fulfil beyond that.
 * @throws Refusal
 */
export function checkDraft(draft: Draft): void {
  checkRule(COMMANDS[draft.command], OPTIONS, draft.options, `'${draft.command}' command`);
  if (draft.command === 'add-service' || draft.command === 'edit-service') checkService(draft);
  if (draft.command === 'add-server' || draft.command === 'edit-server') checkServer(draft);
}

/** Looks at the options one by one: which of them is reported depends on their order alone. */
function checkRule(
  { needs, allows, one }: CommandRule,
  order: readonly OptionName[],
  options: ReadonlySet<OptionName>,
  what: string,
): void {
  let chosen: OptionName | undefined;
  for (const option of order) {
    if (!options.has(option)) {
      if (needs.includes(option)) refuse(`You need to supply the '${option}' option for the ${what}`);
    } else if (one.includes(option)) {
      if (chosen !== undefined) refuse(`The option '${option}' conflicts with the '${chosen}' option in the ${what}`);
      chosen = option;
    } else if (!needs.includes(option) && !allows.includes(option)) {
      refuse(`Illegal '${option}' option with the ${what}`);
    }
  }
}

function checkService({ service }: Draft): void {
  if (service.mark === 0 && service.port === 0 && service.persistence === undefined) {
    refuse('Zero port specified for non-persistent service');
  }
  if (service.onePacket && service.mark === 0 && service.protocol !== 'udp') {
    refuse('One-Packet Scheduling is only for UDP virtual services');
  }
}

function checkServer({ service, server, options }: Draft): void {
  const tunnelled = server.method === 'tunnel';
  if (server.family !== service.family && !tunnelled) {
    refuse('Different address family is allowed only for tunneling servers');
  }
  if (!tunnelled && (options.has('tun-type') || TUNNEL_OPTIONS.some((option) => options.has(option)))) {
    refuse('Tunnel options conflict with forward method');
  }
  const { type } = server.tunnel;
  checkRule(TUNNELS[type], TUNNEL_OPTIONS, options, `'${type}' tunnel type`);
}

function refuse(message: string): never {
  throw new Refusal(EXIT.usage, message);
}
