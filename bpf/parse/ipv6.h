/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The header of IPv6 and those between it and the transport (RFC 8200 section 4). Included by parse.h. */
#ifndef WEIR_PARSE_IPV6_H
#define WEIR_PARSE_IPV6_H

#define MOST_EXTENSIONS 8
#define NEXT_HOP_BY_HOP 0
#define NEXT_ROUTING 43
#define NEXT_FRAGMENT 44
#define NEXT_DESTINATION_OPTIONS 60
#define NEXT_AUTHENTICATION 51

/* Headers behind which the transport is looked for (ipv6_find_hdr), but for that of fragments. */
static __always_inline int is_extension(__u8 type)
{
	return type == NEXT_HOP_BY_HOP || type == NEXT_ROUTING || type == NEXT_DESTINATION_OPTIONS || type == NEXT_AUTHENTICATION;
}

/* Whole bytes of such a header by its length field; that of AH counts in a way of its own (RFC 4302 section 2.2). */
static __always_inline __u32 extension_length(__u8 type, __u8 field)
{
	return type == NEXT_AUTHENTICATION ? (field + 2) * 4 : (field + 1) * 8;
}

/*
 * A fragment whose header is cut, or that has no data, or not whole units of eight bytes though more follows, is never put together: the stack
 * sends it on, or says what is wrong with it. But the first of the latter goes through the director as if it were all (recorded:
 * wire/nat6-fragments-unaligned), once what has come of its packet has been forgotten; see parse_unaligned.
 */
static __always_inline __u32 parse_fragment(struct weir_context *ctx, const struct packet *packet)
{
	__u32 end = packet->length + sizeof(struct ethhdr), data = packet->transport + 8;
	__u8 begin[4];

	if (data >= end || context_load(ctx, packet->transport, begin, sizeof(begin)))
		return WEIR_REASON_MALFORMED;
	if (!(begin[3] & 1) || !((end - data) & 7))
		return WEIR_REASON_FRAGMENT;
	return begin[2] || begin[3] & 0xf8 ? WEIR_REASON_MALFORMED : WEIR_REASON_FRAGMENT;
}

/* Goes on behind the fragment header of one; what has more extension headers there is left to the stack. */
static __always_inline __u32 parse_unaligned(struct weir_context *ctx, struct packet *packet)
{
	__u8 type;

	if (context_load(ctx, packet->transport, &type, sizeof(type)) || is_extension(type) || type == NEXT_FRAGMENT)
		return WEIR_REASON_MALFORMED;
	packet->flow.protocol = type;
	packet->transport += 8;
	return is_balanced(type) ? WEIR_REASON_NONE : WEIR_REASON_PROTOCOL;
}

/*
 * Goes on from the header at `packet->transport`, of type flow.protocol, to the transport header. More headers than MOST_EXTENSIONS,
 * or longer ones than MOST_HEADERS in all, are left to the stack.
 */
static __always_inline __u32 parse_extensions(struct weir_context *ctx, struct packet *packet)
{
	for (int i = 0; i < MOST_EXTENSIONS; i++) {
		__u8 begin[2];

		if (packet->flow.protocol == NEXT_FRAGMENT)
			return parse_fragment(ctx, packet);
		if (!is_extension(packet->flow.protocol))
			return WEIR_REASON_NONE;
		if (packet->transport + 8 > packet->length + sizeof(struct ethhdr) ||
		    packet->transport > sizeof(struct ethhdr) + MOST_HEADERS ||
		    context_load(ctx, packet->transport, begin, sizeof(begin)))
			return WEIR_REASON_MALFORMED;
		packet->transport += extension_length(packet->flow.protocol, begin[1]);
		if (packet->transport > packet->length + sizeof(struct ethhdr))
			return WEIR_REASON_MALFORMED;
		packet->flow.protocol = begin[0];
	}
	return WEIR_REASON_MALFORMED;
}

/* A payload length of 0 before hop-by-hop options may mean that they have it (RFC 2675): then the stack goes by the frame (ip6_rcv_core). */
static __always_inline int is_unsized(const struct ipv6hdr *ip)
{
	return !ip->payload_len && ip->nexthdr == NEXT_HOP_BY_HOP;
}

static __always_inline __u32 parse_ip(struct weir_context *ctx, struct packet *packet)
{
	void *data = context_data(ctx);
	struct ethhdr *ethernet = data;
	struct ipv6hdr *ip = data + sizeof(*ethernet);
	__u32 reason;

	if ((void *)(ip + 1) > context_end(ctx) || ethernet->h_proto != bpf_htons(ETH_P_IPV6))
		return WEIR_REASON_NOT_IP;
	if (!context_for_us(ctx, ethernet))
		return WEIR_REASON_NOT_FOR_US;
	if (ip->version != 6)
		return WEIR_REASON_MALFORMED;
	packet->super_packet = context_is_super_packet(ctx);
	packet->length = packet->super_packet || is_unsized(ip) ? context_length(ctx) - sizeof(*ethernet) :
								  bpf_ntohs(ip->payload_len) + sizeof(*ip);
	packet->transport = sizeof(*ethernet) + sizeof(*ip);
	packet->ttl = ip->hop_limit;
	packet->whole = 1;
	packet->tos = ip->priority << 4 | ip->flow_lbl[0] >> 4;
	address_copy(packet->flow.source, ip->saddr.in6_u.u6_addr32);
	address_copy(packet->flow.target, ip->daddr.in6_u.u6_addr32);
	packet->flow.protocol = ip->nexthdr;
	if (packet->length + sizeof(*ethernet) > context_length(ctx) + packet->rest)
		return WEIR_REASON_MALFORMED;
	if (is_balanced(packet->flow.protocol))
		return WEIR_REASON_NONE;
	packet->hop_options = packet->flow.protocol == NEXT_HOP_BY_HOP;
	reason = parse_extensions(ctx, packet);
	if (reason)
		return reason;
	return is_balanced(packet->flow.protocol) ? WEIR_REASON_NONE : WEIR_REASON_PROTOCOL;
}

/* There is none in IPv6. */
static __always_inline int ip_checksum_is_right(struct weir_context *ctx, const struct packet *packet)
{
	(void)ctx;
	(void)packet;
	return 1;
}

#endif
