/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From a frame to what the director needs to know of it. What differs by family is in ipv4.h and ipv6.h. */
#ifndef WEIR_PARSE_H
#define WEIR_PARSE_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include "../connection/sctp_states.h"
#include "../connection/tcp_states.h"
#include "../context.h"

/* Of the word with the offset of a fragment of IPv4. */
#define IP_DF 0x4000
#define IP_MORE 0x2000
#define IP_OFFSET 0x1fff

/* Of a packet that ends before its flags or its chunk. */
#define EVENT_UNKNOWN 0xff

#define SCTP_HEADER 12

/* What the director needs to know of a frame; offsets count from its first byte. */
struct packet {
	struct weir_flow flow;
	__u32 transport;    /* offset of the transport header */
	__u32 length;       /* IP length; of a super packet the sum, as the kernel counts it */
	__u32 segment;      /* IP length that the way out must carry: of a super packet that of a segment */
	__u8 tcp_flags;     /* the flag byte; 0 for other protocols */
	__u8 event;         /* enum tcp_event, enum sctp_event, EVENT_UNKNOWN */
	__u8 first_chunk;   /* the type of the first chunk of SCTP, as an event, which alone says what may start a connection */
	__u8 truncated;     /* the transport header is not whole: only the ports are there */
	__u8 super_packet;
	__u8 whole;         /* must not be cut into fragments: DF, and all of IPv6 */
	__u8 pieces;        /* came in fragments, and leaves in such */
	__u16 rest;         /* in: bytes of it that are not in the frame, see fragment/pieces.h */
	__u8 ttl;           /* or hop limit */
	__u8 tos;           /* or traffic class */
	__u8 hop_options;   /* IPv6 */
	__u8 unaligned;     /* in, IPv6: the beginning of what is never put together is read as if it were all */
	__u8 replaces;      /* a connection that has ended with it and counts until the next one does: see leave_behind */
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
	/* Changes nothing, and shows Linux 6.1 the bounds of a value that the compiler has put aside before the check. */
	asm volatile("%[transport] &= 0x7ff" : [transport] "+r"(transport));
	headers->transport = data + transport;
	return headers->transport + size > end ? -1 : 0;
}

static __always_inline int is_balanced(__u8 protocol)
{
#if defined(WEIR_XDP)
	/* SCTP is rare, and its checksum long: TC does it. */
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP;
#else
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP;
#endif
}

#if WEIR_FAMILY == 4
#include "ipv4.h"
#else
#include "ipv6.h"
#endif

/* Bytes of the header that a protocol must have to be rewritten. */
static __always_inline __u32 transport_header(__u8 protocol)
{
	if (protocol == IPPROTO_TCP)
		return sizeof(struct tcphdr);
	return protocol == IPPROTO_UDP ? sizeof(struct udphdr) : SCTP_HEADER;
}

/*
 * The chunk that says what an SCTP packet does: the first, or an ABORT right after COOKIE ECHO or COOKIE ACK. DATA must not be bundled
 * with ABORT (RFC 9260 section 3.3.7), so looking further is not needed.
 */
static __always_inline __u8 parse_chunks(struct weir_context *ctx, struct packet *packet)
{
	__u32 first = packet->transport + SCTP_HEADER, end = packet->length + sizeof(struct ethhdr), second, length;
	__u8 chunk[4], type;

	if (first + sizeof(chunk) > end || context_load(ctx, first, chunk, sizeof(chunk)))
		return EVENT_UNKNOWN;
	type = sctp_event(chunk[0]);
	packet->first_chunk = type;
	length = chunk[2] << 8 | chunk[3];
	if ((type != SCTP_EVENT_COOKIE_ECHO && type != SCTP_EVENT_COOKIE_ACK) || length < sizeof(chunk))
		return type;
	second = first + ((length + 3) & ~3u);
	if (second + sizeof(chunk) > end || context_load(ctx, second, chunk, sizeof(chunk)))
		return type;
	return chunk[0] == SCTP_EVENT_ABORT ? SCTP_EVENT_ABORT : type;
}

static __always_inline void parse_ports(struct packet *packet, const struct headers *headers)
{
	const __be16 *ports = headers->transport;

	packet->flow.source_port = ports[0];
	packet->flow.target_port = ports[1];
}

/* The ports and flags of the transport header; packet->transport, length and flow.protocol are known. */
static __always_inline __u32 parse_transport(struct weir_context *ctx, struct packet *packet)
{
	__u32 end = packet->length + sizeof(struct ethhdr), left = end - packet->transport;
	struct headers headers;

	/* Most packets: a whole header of TCP. */
	if (packet->flow.protocol == IPPROTO_TCP && end >= packet->transport + sizeof(struct tcphdr)) {
		if (headers_at(ctx, packet->transport, sizeof(struct tcphdr), &headers))
			return WEIR_REASON_MALFORMED;
		parse_ports(packet, &headers);
		packet->truncated = 0;
		packet->tcp_flags = ((__u8 *)headers.transport)[13];
		packet->event = tcp_event(packet->tcp_flags);
		return WEIR_REASON_NONE;
	}
	if (end < packet->transport + 4 || headers_at(ctx, packet->transport, 4, &headers))
		return WEIR_REASON_TRUNCATED;
	parse_ports(packet, &headers);
	packet->tcp_flags = 0;
	packet->event = EVENT_UNKNOWN;
	packet->first_chunk = EVENT_UNKNOWN;
	packet->truncated = left < transport_header(packet->flow.protocol);
#if defined(WEIR_TC)
	if (!packet->truncated && packet->flow.protocol == IPPROTO_SCTP)
		packet->event = parse_chunks(ctx, packet);
#endif
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

#if WEIR_FAMILY == 6
	if (packet->unaligned && reason == WEIR_REASON_FRAGMENT)
		reason = parse_unaligned(ctx, packet);
#endif
	if (!reason)
		reason = parse_transport(ctx, packet);
	packet->segment = packet->super_packet ? parse_segment(ctx, packet) : packet->length;
	return reason;
}

#endif
