/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The director: a packet in, a verdict out. This is what every packet runs through; one that may start a connection is handed to the
 * program of start.h. The specification is src/lvs/director.ts.
 */
#ifndef WEIR_DIRECTOR_H
#define WEIR_DIRECTOR_H

#include "carry.h"
#include "handover.h"
#include "interest.h"

/* The entry, if its connection goes on with this packet; else NULL, and the connection has ended. */
static __always_inline struct weir_connection *direct_known(const struct weir_settings *settings,
							     const struct packet *packet,
							     struct weir_connection *entry, __u32 now)
{
	__u32 state = entry->state;

	if (state >= WEIR_STATES)
		return NULL;
	if (!connection_is_over(settings, &packet->flow, entry, now) &&
	    (entry->role == WEIR_ROLE_REPLY || !connection_is_reused(packet, state)))
		return entry;
	if (entry->role == WEIR_ROLE_REQUEST)
		connection_end(settings, &packet->flow, entry, state);
	return NULL;
}

static __always_inline int direct(struct weir_context *ctx)
{
	struct weir_settings *settings = weir_settings_get();
	struct weir_connection *entry;
	struct packet packet = {};
	__u32 reason, now;

	if (!settings)
		return WEIR_VERDICT_PASS;
	reason = parse(ctx, &packet);
	if (reason)
		return refuse(reason);
	/* Without any service the kernel takes IPVS's hooks off: connections rest until a service comes back. */
	if (!settings_services(settings) || !is_of_interest(&packet))
		return refuse(WEIR_REASON_NO_SERVICE);
	now = clock_ticks(settings);
	entry = connection_find(settings, &packet.flow);
	if (entry && !ip_checksum_is_right(ctx, &packet))
		return refuse(WEIR_REASON_IP_CHECKSUM);
	if (entry)
		entry = direct_known(settings, &packet, entry, now);
	if (!entry)
		return hand_over(ctx, &packet, now, WEIR_PROGRAM_START);
	return entry->role == WEIR_ROLE_REPLY ? carry_reply(ctx, settings, &packet, entry, now)
					      : carry_request(ctx, settings, &packet, entry, now);
}

#endif
