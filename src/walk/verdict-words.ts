import type { Words } from '../base/words.ts';
import type { Verdict } from './verdict.ts';

/** What each verdict means and where to look, in the words of the course notes (S9). */
export const VERDICT_WORDS: Readonly<Record<Verdict, Words>> = {
  'no-requests': {
    en: "No request to a virtual service came in on the director's public side. Look before the director: the client's route, the router, who answers ARP for the VIP.",
    zh: '调度器的公网网卡上没有收到发往虚拟服务的请求。问题在调度器之前：客户端的路由、路由器、谁在应答 VIP 的 ARP。',
  },
  'not-forwarded': {
    en: 'Requests come in on the public side and none goes out on the private side: the rules. Is there a service with this address and port (ipvsadm -L -n), has it a usable real server, does that one answer ARP, what does weir status count?',
    zh: '公网网卡上有请求进来，内网网卡上没有出去：调度规则有问题。有没有这个地址和端口的虚拟服务（ipvsadm -L -n），有没有可用的真实服务器，它应答 ARP 吗，weir status 记的是什么原因？',
  },
  'not-rewritten': {
    en: 'Requests leave on the private side with the VIP still as destination, though the real servers are masqueraded: the rules. The packet was routed, not scheduled.',
    zh: '内网网卡上出去的请求目标 IP 没有被修改，而真实服务器是 NAT 方式：调度规则有问题，数据包只是被路由了，没有被调度。',
  },
  refused: {
    en: 'The real server refuses: a RST came back. Nothing listens at this address and port there; with direct routing and tunnels it has to listen at the VIP and the same port.',
    zh: '真实服务器拒绝了：回来的是 RST。真实服务器上没有程序监听这个地址和端口；DR 和隧道方式要监听 VIP 的同一端口。',
  },
  unreachable: {
    en: 'An ICMP error came back in place of an answer: somebody on the way, or the real server, cannot do anything with the request. Look who says so, and what: with tunnels, nothing unwraps them; with direct routing, a TTL that ends is a loop.',
    zh: '回来的不是应答，而是 ICMP 差错：路上某台主机或真实服务器处理不了这个请求。看差错由谁发出、说的是什么：隧道方式多半是没有拆封；DR 方式 TTL 耗尽就是有环路。',
  },
  'no-answer': {
    en: 'Requests are rewritten and sent to the real server, and no reply comes back: the gateway of the real server is not the director, or the server is down, or drops requests (firewall, rp_filter).',
    zh: '请求已改写并发给真实服务器，没有应答回来：真实服务器的网关没有指向调度器，或者真实服务器没有运行，或者它丢弃了请求（防火墙、rp_filter）。',
  },
  'reply-not-restored': {
    en: 'Replies come in on the private side and do not go out on the public side: the rules, or the director does not serve the interface at which replies arrive (weir run --interface).',
    zh: '内网网卡上有应答进来，公网网卡上没有出去：调度规则有问题，或者 weir run --interface 没有包括应答进来的网卡。',
  },
  'reply-past-director': {
    en: 'The reply reaches the client without having passed the director, so it has the address of the real server, which the client never asked: the client is in the network of the real servers, or their gateway is another than the director.',
    zh: '应答没有经过调度器就到了客户端，带着真实服务器自己的地址，而客户端从未访问过它：客户端和真实服务器在同一网段，或者真实服务器的网关不是调度器。',
  },
  'reply-lost': {
    en: 'The real server answers, and its reply does not arrive: the gateway of the real server, or what lies between.',
    zh: '真实服务器应答了，应答没有到达：真实服务器的网关不对，或者被中间的设备挡住了。',
  },
  'no-answer-direct': {
    en: 'Requests are forwarded to the real server and the client never goes on: the VIP is missing on lo of the real server, nothing listens at it, or its gateway does not lead to the client (weir realserver status there).',
    zh: '请求已转发给真实服务器，客户端没有下文：真实服务器的 lo 上没有 VIP，没有程序监听它，或者真实服务器的网关到不了客户端（在真实服务器上看 weir realserver status）。',
  },
  forgotten: {
    en: 'Packets of an open connection come in and do not go on, and the director itself answers with RST: it does not know the connection any more. It was silent for longer than the director remembers (ipvsadm -L --timeout), or the rules, or the director, were replaced meanwhile.',
    zh: '已建立的连接上有报文进来，没有出去，调度器自己回了 RST：它已经不认识这个连接。连接静默得比调度器记得的还久（ipvsadm -L --timeout），或者其间换过规则、换过调度器。',
  },
  'large-lost': {
    en: 'Small packets pass; a full one is sent again and again, and nobody acknowledges it. A link on the way is narrower, and who sends does not hear of it. Compare the MTUs along the way (ip link), let ICMP "fragmentation needed" and "packet too big" through, or have shorter segments asked for (ip route ... advmss).',
    zh: '小包能通，装满的包却一再重发，没有人确认：路上有一段链路的 MTU 更小，而发送方听不到。请逐段比较 MTU（ip link），放行 ICMP“需要分片”和“Packet Too Big”，或者让对方发短一些的报文段（ip route ... advmss）。',
  },
  stalled: {
    en: 'The connection was opened, and then one packet is sent again and again, and nobody acknowledges it. Look where it was seen last: somebody behind that point drops it, or its acknowledgement on the way back.',
    zh: '连接建立之后，有一个报文一再重发，没有人确认。看它最后出现在哪里：丢掉它的在那之后，或者丢掉的是回来的确认。',
  },
  healthy: {
    en: 'Requests are answered.',
    zh: '请求得到了应答。',
  },
};

/** Said in addition where the director itself sent ICMP redirects to `{hosts}`. */
export const REDIRECTED: Words = {
  en: 'The director sends ICMP redirects to {hosts}: who believes one sends past the director from then on. On the director: sysctl -w net.ipv4.conf.all.send_redirects=0, and the same for the interface (weir director setup does both).',
  zh: '调度器在向 {hosts} 发 ICMP 重定向：谁信了，此后就绕过调度器。在调度器上：sysctl -w net.ipv4.conf.all.send_redirects=0，那块网卡的也要设为 0（weir director setup 两处都会设）。',
};

/** Said in addition where a request was seen at a real server. */
export const REACHED_SERVER: Words = {
  en: 'Requests arrive at the real server: up to there the director is right.',
  zh: '请求到了真实服务器：说明调度器是正确的。',
};
