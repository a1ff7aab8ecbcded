/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the stack delivers to the director itself, where IPVS takes it up (LOCAL_IN); everything else it forwards. */
#ifndef WEIR_DELIVERED_H
#define WEIR_DELIVERED_H

#include "../lookup/mark.h"
#include "own_address.h"

/* The packet is for the director itself: it comes from there, or by its mark or its address. Not inlined: what it needs of the stack is free again after it. */
static __noinline int is_delivered_here(struct weir_context *ctx, const struct packet *packet)
{
	return context_is_own(ctx) || mark_of(ctx, weir_settings_get(), &packet->flow) || is_own_address(ctx, packet->flow.target);
}

/* Of a packet that ends before its ports, or in the rest of its transport header: it is dropped here, where others are left to the stack. */
static __always_inline int is_dropped_short(struct weir_context *ctx, const struct weir_settings *settings, const struct packet *packet)
{
	return settings_services(settings) && is_to_service_address(packet) && is_delivered_here(ctx, packet);
}

#endif
