import type { Fault } from '../fault.ts';
import { changeHosts, changeState } from '../plant.ts';
import { bare } from '../topology.ts';

export const fault: Fault = {
  id: 'vip-short-mask',
  level: 3,
  latent: true,
  title: {
    en: 'The VIP on lo has the mask of the network instead of /32',
    zh: 'lo 上 VIP 的掩码写成了网段的掩码，而不是 /32',
  },
  follows: {
    en: 'On lo a network means that every address in it is the host’s own: the gateway, the director and the other servers too. Nothing leaves the real server for them. Clients of other networks are still answered as long as the gateway was named before and its MAC is bound.',
    zh: '在 lo 上，一个网段意味着其中每个地址都是本机的：网关、调度器和别的服务器也是。发给它们的包出不了真实服务器。只要网关在此之前已设好、MAC 已绑定，别的网段的客户端仍能得到回答。',
  },
  hints: [
    {
      en: 'Ping the gateway from a real server. Who answers? Look at the wire.',
      zh: '从真实服务器 ping 网关。是谁回答的？在网线上看看。',
    },
    {
      en: 'On a real server: ip route get with the address of the gateway.',
      zh: '在真实服务器上：ip route get 网关地址。',
    },
    { en: 'ip address show lo: which mask has the VIP?', zh: 'ip address show lo:VIP 的掩码是多少？' },
  ],
  plant: (topology) =>
    topology.service.address.includes(':')
      ? undefined
      : changeHosts(topology, 'real server', (host) =>
          changeState(host, (state) => {
            const { lo } = state.addresses ?? {};
            if (lo?.some(({ address }) => address === `${topology.service.address}/32`) !== true) return undefined;
            const wide = lo.map((one) =>
              bare(one.address) === topology.service.address
                ? { ...one, address: `${topology.service.address}/24` }
                : one,
            );
            return { ...state, addresses: { ...state.addresses, lo: wide } };
          }),
        ),
};
