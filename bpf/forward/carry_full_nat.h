/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A packet of a connection by full NAT on its way: a program of its own, so that those of other methods stay as short as they are. The
 * twin is src/lvs/forward/full-nat.ts.
 */
#ifndef WEIR_FULL_NAT_H
#define WEIR_FULL_NAT_H

#include "carry.h"
#include "full_nat.h"

static __always_inline int full_nat_request(struct weir_context *ctx, const struct weir_settings *settings,
					    const struct packet *packet, struct weir_connection *connection,
					    const struct weir_partner *partner, __u32 now)
{
	struct hop hop = { .now = now };
	int verdict;

	if (!carry_to(ctx, settings, packet, connection, &hop, &verdict))
		return verdict;
	if (forward_full_nat(ctx, packet, connection, partner, &hop))
		return refuse(ctx, unwritten(packet));
	count_reason(WEIR_REASON_FULL_NAT);
	return send_out(ctx, settings, packet, &hop);
}

/* A reply is addressed to the director, so that it does what a router does: it is the director who tells the real server of a refusal. */
static __always_inline int full_nat_reply(struct weir_context *ctx, const struct weir_settings *settings,
					  const struct packet *packet, struct weir_connection *entry,
					  const struct weir_partner *partner, __u32 now)
{
	struct hop hop = { .now = now };
	__u32 reason = left_to_tc(prepare_reply(ctx, packet, entry->address, partner->address, entry, &hop));

	explain_way_back(ctx, packet, entry, partner);
	if (hop.own)
		return settle_reply(ctx, packet, now, reason);
	if (is_told(reason))
		return tell(ctx, packet, now, reason, hop.mtu, NO_REPLIER);
	if (!reason && packet->truncated)
		reason = WEIR_REASON_TRUNCATED;
	if (reason)
		return refuse(ctx, reason);
	connection_see(settings, packet, entry, WEIR_ROLE_REPLY, now);
	count_reply(entry->destination, packet->length);
	if (forward_full_nat(ctx, packet, entry, partner, &hop))
		return refuse(ctx, WEIR_REASON_REWRITE_FAILED);
	count_reason(WEIR_REASON_REPLY_RESTORED);
	return send_out(ctx, settings, packet, &hop);
}

/* The program for it: the connection has been found, and goes on with this packet. */
static __always_inline int carry_full_nat(struct weir_context *ctx)
{
	struct weir_settings *settings = weir_settings_get();
	struct handover *handover = handover_get();
	struct weir_connection *entry;
	struct weir_partner *partner;
	const struct packet *packet;

	if (!handover)
		return WEIR_VERDICT_PASS;
	packet = &handover->packet;
	entry = connection_find(settings, &packet->flow);
	partner = partner_find(settings, &packet->flow);
	/* It may have ended on another processor, or be just about to begin. */
	if (!entry || !partner || entry->method != WEIR_METHOD_FULL_NAT)
		return refuse(ctx, WEIR_REASON_INTERNAL);
	return entry->role == WEIR_ROLE_REPLY ?
		       full_nat_reply(ctx, settings, packet, entry, partner, handover->now) :
		       full_nat_request(ctx, settings, packet, entry, partner, handover->now);
}

#endif
