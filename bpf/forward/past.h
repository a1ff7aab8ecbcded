/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The way past the real servers: a packet that goes on to where it is addressed. One that belongs to such a connection (bypass.h), and an
 * ICMP error about what came back on it (icmp/translate.h). TC only. Twin: src/lvs/forward/bypass.ts.
 */
#ifndef WEIR_PAST_H
#define WEIR_PAST_H

#include "../icmp/types.h"
#include "carry.h"

/* Finds it: WEIR_REASON_NONE, or why there is none. `hop` must be zero but for the time. */
static __always_inline __u32 past_find(struct weir_context *ctx, const struct packet *packet, struct hop *hop)
{
	hop->whole = packet->whole || packet->super_packet;
	return hop_find(ctx, packet, packet->flow.source, packet->flow.target, hop);
}

/* Sends the packet on it, or refuses that. `reason`: of past_find. Nobody is told of an ICMP error. */
static __always_inline int past_send(struct weir_context *ctx, const struct weir_settings *settings, const struct packet *packet,
				     __u32 reason, struct hop *hop)
{
	explain_way_past(ctx, packet);
	reason = prepare(ctx, packet, reason, hop);
	if (is_told(reason) && packet->flow.protocol != ICMP_PROTOCOL)
		return tell(ctx, packet, hop->now, reason, hop->mtu, NO_REPLIER);
	if (reason)
		return refuse(ctx, reason);
	if (forward_route(ctx, packet, hop))
		return refuse(ctx, WEIR_REASON_REWRITE_FAILED);
	count_reason(WEIR_REASON_BYPASSED);
	return send_out(ctx, settings, packet, hop);
}

#endif
