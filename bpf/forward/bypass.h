/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Past the real servers: with cache_bypass a packet with a firewall mark that none of them can take goes on to where it is addressed, and
 * so does the rest of its connection (ip_vs_leave, ip_vs_bypass_xmit). TC only. Twins: src/lvs/leave.ts, src/lvs/forward/bypass.ts.
 */
#ifndef WEIR_BYPASS_H
#define WEIR_BYPASS_H

#include "../connection/create.h"
#include "../handover.h"
#include "past.h"

/* The connection that the packet starts, to nobody; NULL if the table is full. */
static __always_inline struct weir_connection *bypass_start(const struct weir_settings *settings, struct handover *handover)
{
	const struct packet *packet = &handover->packet;
	struct weir_connection *entry = &handover->entry;

	connection_begin(settings, packet, WEIR_METHOD_BYPASS, handover->now, entry);
	entry->destination = WEIR_NOBODY;
	if (!handover->one_packet)
		return connection_create(settings, packet, WEIR_NOBODY, entry);
	connection_once(settings, &packet->flow, entry, WEIR_NOBODY);
	return entry;
}

/* The program for it: the packet starts such a connection, or belongs to one. What leads to the director itself is not sent on. */
static __always_inline int bypass(struct weir_context *ctx)
{
	struct weir_settings *settings = weir_settings_get();
	struct handover *handover = handover_get();
	struct weir_connection *entry;
	const struct packet *packet;
	struct hop *hop;
	__u32 reason;

	if (!handover)
		return WEIR_VERDICT_PASS;
	packet = &handover->packet;
	/* Not on the stack, which IPv6 fills. */
	hop = &handover->hop;
	__builtin_memset(hop, 0, sizeof(*hop));
	hop->now = handover->now;
	reason = past_find(ctx, packet, hop);
	if (handover->from == HANDED_BY_START) {
		if (reason && reason != WEIR_REASON_TOO_BIG)
			return tell(ctx, packet, hop->now, WEIR_REASON_NO_DESTINATION, 0, NO_REPLIER);
		entry = bypass_start(settings, handover);
		if (!entry)
			return refuse(ctx, WEIR_REASON_TABLE_FULL);
	} else {
		entry = connection_find(settings, &packet->flow);
	}
	/* It may have ended on another processor, or have been started there. */
	if (!entry || entry->method != WEIR_METHOD_BYPASS)
		return refuse(ctx, WEIR_REASON_METHOD_UNSUPPORTED);
	connection_see(settings, packet, entry, WEIR_ROLE_REQUEST, hop->now);
	return past_send(ctx, settings, packet, reason, hop);
}

#endif
