/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A packet of a known connection on its way: counted, followed, rewritten, sent. */
#ifndef WEIR_CARRY_H
#define WEIR_CARRY_H

#include "connection.h"
#include "forward/masquerade.h"
#include "forward/route.h"

/* Counts a packet that is not forwarded; its verdict is in the class of the reason. */
static __always_inline int refuse(__u32 reason)
{
	count_reason(reason);
	return reason >> WEIR_REASON_CLASS_SHIFT < WEIR_CLASS_DROP ? WEIR_VERDICT_PASS : WEIR_VERDICT_DROP;
}

/* The stack trims what the Ethernet driver padded (ip_rcv_core), so the rewritten frame has the IP packet's length. */
static __always_inline int trim_padding(struct weir_context *ctx, const struct packet *packet)
{
	__u32 length = sizeof(struct ethhdr) + packet->length;

	return context_length(ctx) > length && !packet->super_packet ? context_trim(ctx, length) : 0;
}

/* What both directions need before they are rewritten: TTL, way out, no padding. */
static __always_inline __u32 prepare(struct weir_context *ctx, const struct packet *packet, const __be32 *source,
				     const __be32 *target, struct hop *hop)
{
	__u32 reason;

	if (packet->ttl <= 1)
		return WEIR_REASON_TTL_EXPIRED;
	reason = hop_find(ctx, packet, source, target, hop);
	if (reason)
		return reason;
#if defined(WEIR_XDP)
	/* Bridges, VLAN interfaces and some drivers lose what is redirected to them. */
	if (!context_has_xdp(hop->fib.ifindex))
		return WEIR_REASON_NO_XDP_ON_WAY_OUT;
	if (!hop->known)
		return WEIR_REASON_NEIGHBOUR_UNKNOWN;
#endif
	return trim_padding(ctx, packet) ? WEIR_REASON_REWRITE_FAILED : WEIR_REASON_NONE;
}

/* XDP has handed the packet over: the TC program on the same interface sends and counts it. */
static __always_inline int is_left_to_tc(__u32 reason)
{
	return reason == WEIR_REASON_NEIGHBOUR_UNKNOWN || reason == WEIR_REASON_NO_XDP_ON_WAY_OUT;
}

static __always_inline int carry_request(struct weir_context *ctx, const struct weir_settings *settings,
					 const struct packet *packet, struct weir_connection *connection, __u32 now)
{
	__u32 reason, index = connection->destination;
	struct weir_destination *destination = bpf_map_lookup_elem(&destinations, &index);
	struct weir_load *load = bpf_map_lookup_elem(&loads, &index);
	struct hop hop = {};

	if (!destination || !load)
		return refuse(WEIR_REASON_INTERNAL);
	if (!(destination->flags & WEIR_DESTINATION_AVAILABLE))
		return refuse(WEIR_REASON_DESTINATION_GONE);
	connection_see(settings, packet, connection, now);
	hop.due = hop_is_due(&load->request_checked, now);
	reason = prepare(ctx, packet, packet->flow.source, connection->address, &hop);
	/* The kernel counts also what it then refuses. */
	if (!is_left_to_tc(reason))
		count_in(destination->service, index, packet->length);
	if (reason)
		return refuse(reason);
	switch (connection->method) {
	case WEIR_METHOD_MASQUERADE:
		if (forward_masquerade(ctx, packet, connection, &hop))
			return refuse(WEIR_REASON_REWRITE_FAILED);
		count_reason(WEIR_REASON_MASQUERADED);
		break;
	case WEIR_METHOD_ROUTE:
		if (forward_route(ctx, packet, &hop))
			return refuse(WEIR_REASON_REWRITE_FAILED);
		count_reason(WEIR_REASON_ROUTED);
		break;
	default:
		return refuse(WEIR_REASON_METHOD_UNSUPPORTED);
	}
	return hop_send(ctx, settings, &hop);
}

/* Replies of a deleted destination are still restored, but counted nowhere (recorded: wire/nat-deleted-server). */
static __always_inline void count_reply(__u32 index, __u32 bytes)
{
	struct weir_destination *destination = bpf_map_lookup_elem(&destinations, &index);

	if (destination && (destination->flags & WEIR_DESTINATION_AVAILABLE))
		count_out(destination->service, index, bytes);
}

/*
 * IPVS sees a reply after the stack has found its way (the FORWARD hook), so one that is refused for its TTL or its length leaves
 * neither a state nor a count (recorded: wire/nat-ttl-1-out, wire/nat-mtu-reply-df).
 */
static __always_inline int carry_reply(struct weir_context *ctx, const struct weir_settings *settings,
				       const struct packet *packet, struct weir_connection *entry, __u32 now)
{
	__u32 reason, index = entry->destination;
	struct weir_load *load = bpf_map_lookup_elem(&loads, &index);
	struct hop hop = {};

	if (load)
		hop.due = hop_is_due(&load->reply_checked, now);
	reason = prepare(ctx, packet, entry->address, packet->flow.target, &hop);
	if (reason)
		return refuse(reason);
	connection_see(settings, packet, entry, now);
	count_reply(index, packet->length);
	if (forward_masquerade(ctx, packet, entry, &hop))
		return refuse(WEIR_REASON_REWRITE_FAILED);
	count_reason(WEIR_REASON_REPLY_RESTORED);
	return hop_send(ctx, settings, &hop);
}

#endif
