/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Rewriting an ICMP error and what it quotes, with all checksums. TC only. The twin is src/lvs/icmp-quote.ts. */
#ifndef WEIR_ICMP_REWRITE_H
#define WEIR_ICMP_REWRITE_H

#include "../connection/partner.h"
#include "../forward/ttl.h"
#include "../route/hop.h"
#include "quote.h"

#if WEIR_FAMILY == 4
#define SOURCE_AT offsetof(struct iphdr, saddr)
#define TARGET_AT offsetof(struct iphdr, daddr)
#else
#define SOURCE_AT offsetof(struct ipv6hdr, saddr)
#define TARGET_AT offsetof(struct ipv6hdr, daddr)
#endif

/*
 * What both ends of an error are rewritten to, and the opposite ends of what it quotes. The server's end is the target of a request and the
 * source of a reply; the client's is rewritten with full NAT alone.
 */
struct translation {
	struct weir_partner server;
	struct weir_partner client;
	__u8 role;
	__u8 both;
	__u8 keeps_ttl; /* it begins or ends at the director itself */
};

static __always_inline int store_checksum(struct weir_context *ctx, __u32 field, __u32 from, __u32 length, __u32 pseudo)
{
	__u16 value = 0;
	int sum;

	if (context_store(ctx, field, &value, sizeof(value)))
		return -1;
	sum = checksum_over(ctx, from, length, pseudo);
	value = sum;
	return sum < 0 ? -1 : context_store(ctx, field, &value, sizeof(value));
}

/* Rewrites the target of the error or its source, and the opposite of the quoted packet, whose transport checksum stays (ip_vs_nat_icmp). */
static __always_inline int translate_end(struct weir_context *ctx, const struct quote *quote, int target,
					 const struct weir_partner *end)
{
	__u32 outer = sizeof(struct ethhdr) + (target ? TARGET_AT : SOURCE_AT);
	__u32 quoted = quote->at + (target ? SOURCE_AT : TARGET_AT), port = quote->transport + (target ? 0 : 2);

	return context_store(ctx, outer, (void *)end->address, sizeof(end->address)) ||
			       context_store(ctx, quoted, (void *)end->address, sizeof(end->address)) ||
			       (!quote->follows && context_store(ctx, port, (void *)&end->port, sizeof(end->port))) ?
		       -1 :
		       0;
}

/* The checksum of the error as its addresses now are. */
static __always_inline int translate_seal(struct weir_context *ctx, const struct packet *packet)
{
	__u32 length = icmp_length(packet);
	__be32 ends[2 * ADDRESS_WORDS];

	if (context_load(ctx, sizeof(struct ethhdr) + SOURCE_AT, ends, sizeof(ends)))
		return -1;
	return store_checksum(ctx, packet->transport + 2, packet->transport, length,
			      icmp_pseudo_header(ends, ends + ADDRESS_WORDS, length));
}

/* Rewrites the error and what it quotes, with all checksums, and takes one from its TTL if it is routed. Global, so that it is verified once. */
__noinline int translate(struct weir_context *ctx, const struct packet *packet, const struct quote *quote,
			 const struct translation *to)
{
	__u32 at = sizeof(struct ethhdr);
	struct headers headers;
	int request;

	if (!packet || !quote || !to)
		return -1;
	request = to->role == WEIR_ROLE_REQUEST;
	if (translate_end(ctx, quote, request, &to->server) || (to->both && translate_end(ctx, quote, !request, &to->client)))
		return -1;
	if (FAMILY == AF_INET &&
	    store_checksum(ctx, quote->at + offsetof(struct iphdr, check), quote->at, quote->transport - quote->at, 0))
		return -1;
	if (translate_seal(ctx, packet) || headers_at(ctx, packet->transport, 0, &headers))
		return -1;
	if (!to->keeps_ttl)
		ttl_decrement(headers.ip);
	return FAMILY == AF_INET6 ? 0 : store_checksum(ctx, at + offsetof(struct iphdr, check), at, packet->transport - at, 0);
}

static __always_inline int write_hop(struct weir_context *ctx, const struct hop *hop)
{
	struct ethhdr *ethernet = context_data(ctx);

	if ((void *)(ethernet + 1) > context_end(ctx))
		return -1;
	hop_write(ethernet, hop);
	return 0;
}

#if defined(WEIR_EXPLAIN)
/* What the addresses of the error become: of one to a real server with its new ports. Global, for the sake of the caller's stack. */
__noinline int explain_translation(const struct packet *packet, const struct translation *to)
{
	if (!packet || !to)
		return 0;
	if (to->role == WEIR_ROLE_REQUEST) {
		explain_rewrite(WEIR_FIELD_DESTINATION, packet->flow.target, 0, to->server.address, to->server.port, 2);
		if (to->both)
			explain_rewrite(WEIR_FIELD_SOURCE, packet->flow.source, 0, to->client.address, to->client.port, 2);
		return 0;
	}
	explain_rewrite(WEIR_FIELD_SOURCE, packet->flow.source, 0, to->server.address, 0, 0);
	if (to->both)
		explain_rewrite(WEIR_FIELD_DESTINATION, packet->flow.target, 0, to->client.address, 0, 0);
	return 0;
}
#else
static __always_inline void explain_translation(const struct packet *packet, const struct translation *to)
{
	(void)packet;
	(void)to;
}
#endif

static __always_inline int masquerade_error(struct weir_context *ctx, const struct packet *packet, const struct quote *quote,
					    const struct translation *to, const struct hop *hop)
{
	explain_translation(packet, to);
	return translate(ctx, packet, quote, to) || write_hop(ctx, hop) ? -1 : 0;
}

#endif
