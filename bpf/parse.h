/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From a frame to what the director needs to know of it. What differs by family is in parse_ipv4.h and parse_ipv6.h. */
#ifndef WEIR_PARSE_H
#define WEIR_PARSE_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include "context.h"

/* Of the word with the offset of a fragment of IPv4. */
#define IP_DF 0x4000
#define IP_MORE 0x2000

#define TCP_FLAG_FIN_BIT 0x01
#define TCP_FLAG_SYN_BIT 0x02
#define TCP_FLAG_RST_BIT 0x04
#define TCP_FLAG_ACK_BIT 0x10

/* What the director needs to know of a frame; offsets count from its first byte. */
struct packet {
	struct weir_flow flow;
	__u32 transport;    /* offset of the transport header */
	__u32 length;       /* IP length; of a super packet the sum, as the kernel counts it */
	__u32 segment;      /* IP length that the way out must carry: of a super packet that of a segment */
	__u8 tcp_flags;     /* the flag byte; 0 for UDP */
	__u8 super_packet;
	__u8 whole;         /* must not be cut into fragments: DF, and all of IPv6 */
	__u8 pieces;        /* came in fragments, and leaves in such */
	__u8 ttl;           /* or hop limit */
	__u8 tos;           /* or traffic class */
};

struct headers {
	struct ethhdr *ethernet;
	void *ip;
	void *transport;
};

#if WEIR_FAMILY == 4
#define IP_HEADER sizeof(struct iphdr)
#define MOST_HEADERS 60
#else
#define IP_HEADER sizeof(struct ipv6hdr)
/* Extension headers are followed as far as this. */
#define MOST_HEADERS 1024
#endif

/* Points at the headers if Ethernet, IP and `size` bytes of transport header are inside the frame; else -1. */
static __always_inline int headers_at(struct weir_context *ctx, __u32 transport, __u32 size, struct headers *headers)
{
	void *data = context_data(ctx);
	void *end = context_end(ctx);

	if (data + sizeof(struct ethhdr) + IP_HEADER > end)
		return -1;
	headers->ethernet = data;
	headers->ip = data + sizeof(struct ethhdr);
	if (transport > sizeof(struct ethhdr) + MOST_HEADERS)
		return -1;
	headers->transport = data + transport;
	return headers->transport + size > end ? -1 : 0;
}

#if WEIR_FAMILY == 4
#include "parse_ipv4.h"
#else
#include "parse_ipv6.h"
#endif

/* The ports and flags of the transport header; packet->transport, length and flow.protocol are known. */
static __always_inline __u32 parse_transport(struct weir_context *ctx, struct packet *packet)
{
	__u32 end = packet->transport - sizeof(struct ethhdr);
	struct headers headers;

	if (packet->flow.protocol == IPPROTO_TCP) {
		struct tcphdr *tcp;

		if (packet->length < end + sizeof(*tcp) || headers_at(ctx, packet->transport, sizeof(*tcp), &headers))
			return WEIR_REASON_MALFORMED;
		tcp = headers.transport;
		packet->flow.source_port = tcp->source;
		packet->flow.target_port = tcp->dest;
		packet->tcp_flags = ((__u8 *)tcp)[13];
	} else {
		struct udphdr *udp;

		if (packet->length < end + sizeof(*udp) || headers_at(ctx, packet->transport, sizeof(*udp), &headers))
			return WEIR_REASON_MALFORMED;
		udp = headers.transport;
		packet->flow.source_port = udp->source;
		packet->flow.target_port = udp->dest;
		packet->tcp_flags = 0;
	}
	return WEIR_REASON_NONE;
}

/* A super packet is judged by its segments, and is one of its headers and theirs. */
static __always_inline __u32 parse_segment(struct weir_context *ctx, const struct packet *packet)
{
	__u32 end = packet->transport - sizeof(struct ethhdr) + context_segment(ctx);
	struct headers headers;

	if (packet->flow.protocol != IPPROTO_TCP)
		return end + sizeof(struct udphdr);
	if (headers_at(ctx, packet->transport, sizeof(struct tcphdr), &headers))
		return end;
	return end + (((__u8 *)headers.transport)[12] >> 4) * 4;
}

/* Fills `packet`, or says why the frame is not for the director. */
static __always_inline __u32 parse(struct weir_context *ctx, struct packet *packet)
{
	__u32 reason = parse_ip(ctx, packet);

	if (!reason)
		reason = parse_transport(ctx, packet);
	packet->segment = packet->super_packet ? parse_segment(ctx, packet) : packet->length;
	return reason;
}

#endif
