/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Cuts the MSS that a SYN-ACK offers to what fits into the tunnel by which the client's segments come. */
#ifndef WEIR_DECAP_CLAMP_H
#define WEIR_DECAP_CLAMP_H

#define TCP_OPTION_END 0
#define TCP_OPTION_NONE 1
#define TCP_OPTION_MSS 2
#define TCP_MOST_OPTIONS 40
#define TCP_FLAGS 13
#define TCP_SYN_ACK 0x12

/* Offset of the TCP header; 0 for what is not TCP from an address. Extension headers: not in a SYN-ACK of Linux. */
static __always_inline __u32 source_and_tcp(struct __sk_buff *skb, struct weir_decap_address *source)
{
	struct iphdr ip4;
	struct ipv6hdr ip6;

	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		if (bpf_skb_load_bytes(skb, ETH_HLEN, &ip4, sizeof(ip4)) || ip4.protocol != IPPROTO_TCP || ip4.ihl < 5)
			return 0;
		ipv4_as_address(source, ip4.saddr);
		return ETH_HLEN + ip4.ihl * 4;
	}
	if (skb->protocol != bpf_htons(ETH_P_IPV6) || bpf_skb_load_bytes(skb, ETH_HLEN, &ip6, sizeof(ip6)) ||
	    ip6.nexthdr != IPPROTO_TCP)
		return 0;
	__builtin_memcpy(source, &ip6.saddr, sizeof(*source));
	return ETH_HLEN + sizeof(ip6);
}

/* The options of a segment, the rest zero. */
struct tcp_options {
	__u8 bytes[TCP_MOST_OPTIONS];
};

#define MSS_NONE (~0u)
/* Beside the offset of its value. */
#define MSS_FOUND 0x10000

/*
 * The option at `at`: where the next one stands, MSS_FOUND if it is the MSS, MSS_NONE if there are no more. Global, so that the verifier
 * follows it once and not on each way through the options before it.
 */
__noinline __u32 mss_look(const struct tcp_options *options, __u32 at, __u32 size)
{
	__u8 type, length;

	if (!options || at + 4 > size || at > TCP_MOST_OPTIONS - 4)
		return MSS_NONE;
	type = options->bytes[at];
	length = options->bytes[at + 1];
	if (type == TCP_OPTION_NONE)
		return at + 1;
	if (type == TCP_OPTION_END || length < 2)
		return MSS_NONE;
	return type == TCP_OPTION_MSS && length == 4 ? (at + 2) | MSS_FOUND : at + length;
}

/* Offset of the value of the MSS option within the options, 0 if there is none. */
static __always_inline __u32 mss_place(const struct tcp_options *options, __u32 size)
{
	__u32 at = 0;

	for (int step = 0; step < TCP_MOST_OPTIONS; step++) {
		at = mss_look(options, at, size);
		if (at == MSS_NONE)
			return 0;
		if (at & MSS_FOUND)
			return at & ~MSS_FOUND;
	}
	return 0;
}

/* 1 if the MSS was cut. */
static __always_inline int clamp_mss(struct __sk_buff *skb)
{
	struct weir_decap_address source = {};
	struct weir_decap_vip *vip;
	struct tcp_options options = {};
	__u8 head[2];
	__u32 tcp = source_and_tcp(skb, &source), mtu = 0, size, place, most, headers;
	__be16 before, after;

	if (!tcp || bpf_skb_load_bytes(skb, tcp + TCP_FLAGS - 1, head, sizeof(head)) || (head[1] & 0x17) != TCP_SYN_ACK)
		return 0;
	vip = bpf_map_lookup_elem(&vips, &source);
	if (!vip || !vip->overhead)
		return 0;
	size = (head[0] >> 4) * 4;
	if (size <= sizeof(struct tcphdr))
		return 0;
	/* 4 to 40, in a form that verifiers see. */
	size = ((size - sizeof(struct tcphdr) - 1) & 63) + 1;
	if (size > TCP_MOST_OPTIONS || bpf_skb_load_bytes(skb, tcp + sizeof(struct tcphdr), options.bytes, size))
		return 0;
	place = mss_place(&options, size);
	if (!place || place > TCP_MOST_OPTIONS - 2 || bpf_check_mtu(skb, 0, &mtu, 0, 0) < 0)
		return 0;
	headers = tcp - ETH_HLEN + sizeof(struct tcphdr) + vip->overhead;
	if (mtu <= headers)
		return 0;
	most = mtu - headers;
	__builtin_memcpy(&before, options.bytes + place, 2);
	if (bpf_ntohs(before) <= most)
		return 0;
	after = bpf_htons(most);
	if (bpf_l4_csum_replace(skb, tcp + offsetof(struct tcphdr, check), before, after, 2))
		return 0;
	return !bpf_skb_store_bytes(skb, tcp + sizeof(struct tcphdr) + place, &after, sizeof(after), 0);
}

#endif
