/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What an ICMP error quotes of the packet it is about. The twin is src/lvs/icmp-quote.ts. */
#ifndef WEIR_ICMP_QUOTE_H
#define WEIR_ICMP_QUOTE_H

#include "../checksum/checksum.h"
#include "../forward/follower.h"
#include "../parse/parse.h"
#include "types.h"

/* Offsets count from the first byte of the frame. */
struct quote {
	struct weir_flow flow;  /* of the quoted packet; ports 0 where they are not quoted */
	__u32 at;               /* its IP header */
	__u32 transport;        /* what it carries */
	__u8 ports;             /* they are quoted; or are those of what it follows */
	__u8 follows;           /* AH or ESP: `flow` is that of ISAKMP */
	__u8 later;             /* a later fragment, without ports */
	__u8 whole;             /* IPv4: DF */
	__u8 tos;
};

#if WEIR_FAMILY == 4

static __always_inline int quote_read_ip(struct weir_context *ctx, __u32 at, __u32 end, struct quote *quote)
{
	struct iphdr ip;

	if (at + sizeof(ip) > end || context_load(ctx, at, &ip, sizeof(ip)) || ip.version != 4 || ip.ihl < 5)
		return -1;
	quote->transport = at + ip.ihl * 4;
	quote->flow.source[0] = ip.saddr;
	quote->flow.target[0] = ip.daddr;
	quote->flow.protocol = ip.protocol;
	quote->later = !!(ip.frag_off & bpf_htons(0x1fff));
	quote->whole = !!(ip.frag_off & bpf_htons(IP_DF));
	quote->tos = ip.tos;
	return 0;
}

#else

static __always_inline int quote_read_ip(struct weir_context *ctx, __u32 at, __u32 end, struct quote *quote)
{
	struct ipv6hdr ip;
	__u8 begin[4];

	if (at + sizeof(ip) > end || context_load(ctx, at, &ip, sizeof(ip)) || ip.version != 6)
		return -1;
	at += sizeof(ip);
	quote->flow.protocol = ip.nexthdr;
	for (int i = 0; i < MOST_EXTENSIONS; i++) {
		__u8 type = quote->flow.protocol;

		if (!is_extension(type) && type != NEXT_FRAGMENT)
			break;
		if (at + 2 > end || context_load(ctx, at, begin, 2))
			return -1;
		if (type == NEXT_FRAGMENT && (at + sizeof(begin) > end || context_load(ctx, at, begin, sizeof(begin))))
			return -1;
		if (type == NEXT_FRAGMENT)
			quote->later = begin[2] || begin[3] & 0xf8;
		quote->flow.protocol = begin[0];
		at += type == NEXT_FRAGMENT ? 8 : extension_length(type, begin[1]);
		if (at > end)
			return -1;
	}
	quote->transport = at;
	address_copy(quote->flow.source, ip.saddr.in6_u.u6_addr32);
	address_copy(quote->flow.target, ip.daddr.in6_u.u6_addr32);
	return 0;
}

#endif

/* There are ports in what it quotes, if it quotes as much. */
static __always_inline int quote_has_ports(const struct quote *quote)
{
	__u8 protocol = quote->flow.protocol;

	if (quote->later)
		return 0;
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP;
}

/*
 * Reads the packet quoted at `at`, of which there is no more than up to `end`. 0, or -1 if it is none. Global, so that it is verified
 * once.
 */
__noinline int quote_read(struct weir_context *ctx, __u32 at, __u32 end, struct quote *quote)
{
	__be16 ports[2];

	if (!quote)
		return -1;
	quote->at = at;
	if (quote_read_ip(ctx, at, end, quote))
		return -1;
	if (!quote->later && quote->transport <= end && is_follower(quote->flow.protocol)) {
		follow_flow(&quote->flow);
		quote->follows = quote->ports = 1;
		return 0;
	}
	if (!quote_has_ports(quote) || quote->transport + sizeof(ports) > end || context_load(ctx, quote->transport, ports, sizeof(ports)))
		return 0;
	quote->ports = 1;
	quote->flow.source_port = ports[0];
	quote->flow.target_port = ports[1];
	return 0;
}

/* The sum of the pseudo header of an ICMPv6 message (RFC 4443 section 2.3); ICMP has none. */
static __always_inline __u32 icmp_pseudo_header(const __be32 *source, const __be32 *target, __u32 length)
{
	__u32 sum = 0;

	if (FAMILY == AF_INET)
		return 0;
	sum = bpf_htons(ICMP_PROTOCOL) + bpf_htons(length);
#pragma unroll
	for (int i = 0; i < ADDRESS_WORDS; i++) {
		sum += (source[i] & 0xffff) + (source[i] >> 16);
		sum += (target[i] & 0xffff) + (target[i] >> 16);
	}
	return sum;
}

/* Bytes of the ICMP message. */
static __always_inline __u32 icmp_length(const struct packet *packet)
{
	return packet->length + sizeof(struct ethhdr) - packet->transport;
}

/* True if the checksum of the ICMP message is right. */
static __always_inline int icmp_checksum_is_right(struct weir_context *ctx, const struct packet *packet)
{
	__u32 length = icmp_length(packet);

	return checksum_over(ctx, packet->transport, length,
			     icmp_pseudo_header(packet->flow.source, packet->flow.target, length)) == 0;
}

/* Errors that are looked at: unreachable, source quench, time exceeded; of ICMPv6 all errors. */
static __always_inline int icmp_is_error(__u8 type)
{
	if (FAMILY == AF_INET6)
		return type < ICMPV6_FIRST_QUERY;
	return type == ICMP_DEST_UNREACH || type == ICMP_SOURCE_QUENCH || type == ICMP_TIME_EXCEEDED;
}

#endif
