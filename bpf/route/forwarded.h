/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the stack forwards comes to IPVS (FORWARD) only after the stack has found it fit to go on: there is a route, it outlives the
 * director, and it is not too long. TC only, since XDP passes it on to it. Twin: src/lvs/host/host.ts.
 */
#ifndef WEIR_FORWARDED_H
#define WEIR_FORWARDED_H

#include "../lookup/mark.h"
#include "hop.h"
#include "martian.h"

/* The stack forwards the packet: else it comes to no hook (recorded: wire/dr-reply-through-director). */
static __always_inline int is_forwarded(struct weir_context *ctx, const struct packet *packet, struct hop *hop)
{
	if (packet->ttl <= 1 || is_martian(ctx, packet))
		return 0;
	__builtin_memset(hop, 0, sizeof(*hop));
	hop->sender = SENDER_ROUTER;
	hop->whole = packet->whole || packet->super_packet;
	return !hop_find(ctx, packet, packet->flow.source, packet->flow.target, hop);
}

/*
 * 1 if it would forward the packet, as far as it is addressed to others than the director; `reason`: why it refuses that, before IPVS would
 * see it. What has a mark is delivered to the director, as the packets of its service are.
 */
static __always_inline int stack_forwards(struct weir_context *ctx, const struct weir_settings *settings, const struct packet *packet,
					  struct hop *hop, __u32 *reason)
{
	__u32 found;

	*reason = WEIR_REASON_NONE;
	__builtin_memset(hop, 0, sizeof(*hop));
	if (context_is_own(ctx) || mark_of(ctx, settings, &packet->flow))
		return 0;
	hop->sender = SENDER_ROUTER;
	hop->whole = packet->whole || packet->super_packet;
	found = hop_find(ctx, packet, packet->flow.source, packet->flow.target, hop);
	if (hop->own && is_nowhere(ctx, packet->flow.target))
		*reason = WEIR_REASON_NO_ROUTE;
	if (hop->own)
		return 0;
	*reason = packet->ttl <= 1 && found != WEIR_REASON_FORWARDING_OFF ? WEIR_REASON_TTL_EXPIRED : found;
	return 1;
}

#endif
